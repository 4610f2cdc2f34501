#!/bin/sh
# Data through the disk and back: fio with verification, then a file system. $1: seconds of fio.
set -eu
# The device and the capture come first: they share two CPUs with this.
renice -n 10 $$ >/dev/null
. "$(dirname "$0")/wait-for-disk.sh"
mnt=/tmp/mnt
wait_for_disk

echo "== fio"
fio --name=verify --filename="$disk" --direct=1 --ioengine=libaio --iodepth=4 --numjobs=4 --rw=randrw \
  --bsrange=4k-128k --size=24% --offset_increment=25% --verify=crc32c --verify_fatal=1 --verify_backlog=64 \
  --time_based --runtime="$1" --group_reporting --output-format=terse --terse-version=3 >/tmp/fio.out ||
  { cat /tmp/fio.out; exit 1; }
# Terse v3: field 5 is the number of errors, 7 and 48 are bandwidths, 6 and 47 KiB read and written.
awk -F';' '$1 == 3 { print "fio: errors " $5 ", read KiB " $6 ", written KiB " $47; if ($5 != 0 || $6 == 0 || $47 == 0) exit 1 }' /tmp/fio.out

echo "== file system"
mkfs.ext4 -q -F "$disk"
mkdir -p "$mnt"
mount "$disk" "$mnt"
cp -r "$PCIEM_TEST_TREE" "$mnt/tree"
(cd "$PCIEM_TEST_TREE" && find . -type f -exec sha256sum {} +) >/tmp/sums
umount "$mnt"
fsck.ext4 -fn "$disk"
mount "$disk" "$mnt"
(cd "$mnt/tree" && sha256sum --quiet -c /tmp/sums)
echo "files: $(wc -l </tmp/sums)"
umount "$mnt"
