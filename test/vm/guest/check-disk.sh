#!/bin/sh
# The disk works: what is written comes back.
set -eu
. "$(dirname "$0")/wait-for-disk.sh"
wait_for_disk
head -c 1048576 /dev/urandom >/tmp/pattern
dd if=/tmp/pattern of="$disk" bs=64k oflag=direct status=none
dd if="$disk" bs=64k count=16 iflag=direct status=none | cmp - /tmp/pattern
echo "disk works"
