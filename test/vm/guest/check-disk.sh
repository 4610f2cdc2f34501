#!/bin/sh
# The disk works: what is written comes back.
set -eu
disk=/dev/nvme0n1
tries=0
until [ -b "$disk" ]; do
  tries=$((tries + 1))
  [ "$tries" -le 600 ] || { echo "$disk did not appear" >&2; exit 1; }
  sleep 0.1
done
head -c 1048576 /dev/urandom >/tmp/pattern
dd if=/tmp/pattern of="$disk" bs=64k oflag=direct status=none
dd if="$disk" bs=64k count=16 iflag=direct status=none | cmp - /tmp/pattern
echo "disk works"
