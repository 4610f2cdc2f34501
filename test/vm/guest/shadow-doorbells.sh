#!/bin/sh
# I/O through a disk whose doorbells are in memory, before and after the driver has let go of it. $1: seconds of fio.
set -eu
renice -n 10 $$ >/dev/null
. "$(dirname "$0")/wait-for-disk.sh"
verify() {
  fio --name=verify --filename="$disk" --direct=1 --ioengine=libaio --iodepth="$1" --numjobs=2 --rw=randrw \
    --bsrange=4k-128k --size=32M --offset_increment=32M --verify=crc32c --verify_fatal=1 --verify_backlog=64 \
    --time_based --runtime="$2" --group_reporting --output=/tmp/fio.out || { cat /tmp/fio.out; exit 1; }
}

wait_for_disk
verify 16 "$1"
echo "$PCIEM_ADDRESS" >/sys/bus/pci/drivers/nvme/unbind
echo "$PCIEM_ADDRESS" >/sys/bus/pci/drivers/nvme/bind
wait_for_disk
verify 1 "$1"
echo "both runs verified"
