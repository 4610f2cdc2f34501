#!/bin/sh
# $1 commands of $2 bytes, half of them reads, to the disk; fio's report goes to $3.
set -eu
renice -n 10 $$ >/dev/null
. "$(dirname "$0")/wait-for-disk.sh"
wait_for_disk
# One command for each of fio's, whatever is next to each other.
echo 2 >"/sys/block/${disk#/dev/}/queue/nomerges"
fio --name=commands --filename="$disk" --direct=1 --ioengine=libaio --iodepth=4 --rw=randrw --norandommap \
  --bs="$2" --io_size=$(($1 * $2)) --size=100% --clocksource=clock_gettime --output-format=json --output="$3"
