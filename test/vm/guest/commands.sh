#!/bin/sh
# $1 commands of $2 bytes, half of them reads, to the disk; fio's report goes to $3.
set -eu
renice -n 10 $$ >/dev/null
disk=nvme0n1
tries=0
while [ ! -b "/dev/$disk" ]; do
  tries=$((tries + 1))
  [ "$tries" -le 600 ] || { echo "$disk did not appear" >&2; exit 1; }
  sleep 0.1
done
# One command for each of fio's, whatever is next to each other.
echo 2 >"/sys/block/$disk/queue/nomerges"
fio --name=commands --filename="/dev/$disk" --direct=1 --ioengine=libaio --iodepth=4 --rw=randrw --norandommap \
  --bs="$2" --io_size=$(($1 * $2)) --size=100% --clocksource=clock_gettime --output-format=json --output="$3"
