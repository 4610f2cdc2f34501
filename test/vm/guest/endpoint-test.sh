#!/bin/sh
# The kernel's own test of an endpoint, as its tools/pci/pcitest.sh does it. $1: pcitest; $2: step between MSI-X vectors.
set -eu
pcitest=$1
run() { "$pcitest" "$@"; }

for bar in 0 1 2 3 4 5; do run -b $bar; done
run -i 0
run -l
run -i 1
for vector in $(seq 32); do run -m "$vector"; done
run -i 2
for vector in $(seq 1 "$2" 2047) 2048; do run -x "$vector"; done
run -i 1
for test in r w c; do
  for size in 1 1024 1025 1024000 1024001; do run "-$test" -s $size; done
done
