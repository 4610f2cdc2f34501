#!/bin/sh
# Keeps the disk busy until it goes away; fio then fails, which is right.
disk=/dev/nvme0n1
until [ -b "$disk" ]; do sleep 0.1; done
echo "disk is there"
exec fio --name=busy --filename="$disk" --direct=1 --ioengine=libaio --iodepth=16 --numjobs=2 --rw=randrw \
  --bs=4k --time_based --runtime=120 --output=/dev/null
