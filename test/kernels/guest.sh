#!/bin/sh
# In the guest: the test programs, one after the other.
set -eu
cd /run/pciem
insmod ./pciem_features.ko
./features
modprobe uio_pci_generic
./features uio
rmmod pciem_features
insmod ./pciem_test.ko
./torture storm 20000
./torture kill 12 1
./torture cycles 50
./fuzz 20
rmmod pciem_test
for _ in $(seq 100); do
  if rmmod pciem 2>/dev/null; then exit 0; fi
  sleep 0.1
done
echo 'pciem cannot be unloaded'
exit 1
