#!/bin/sh
# What the demo does with the disk, in the virtual machine: only stock tools and the stock driver.
set -eu

step() { printf '\n\033[1m# %s\033[0m\n' "$*"; }
show() { printf '\033[2m$ %s\033[0m\n' "$*"; "$@"; }

disk=/dev/nvme0n1
files=/tmp/pciem-demo-files
mnt=/tmp/pciem-demo-mnt

# The driver has bound, but finds the namespaces a little later.
tries=0
while [ ! -b "$disk" ]; do
  tries=$((tries + 1))
  [ "$tries" -le 300 ] || { echo "$disk did not appear" >&2; exit 1; }
  sleep 0.1
done

step "The device on the PCI bus, and the driver that claims it"
show lspci -vv -s "$PCIEM_ADDRESS"

step "What the NVMe driver and nvme-cli learn from it"
show nvme id-ctrl /dev/nvme0 | head -n 16
show nvme list

step "A file system on it"
show mkfs.ext4 -q "$disk"
mkdir -p "$mnt" "$files"
show mount "$disk" "$mnt"

step "Files go to the disk ..."
cp -r "$PCIEM_DEMO_SOURCE" "$files/source"
head -c 8388608 /dev/urandom >"$files/random"
(cd "$files" && find . -type f -exec sha256sum {} +) >/tmp/pciem-demo-sums
show cp -r "$files/." "$mnt"
show umount "$mnt"
show fsck.ext4 -fn "$disk"

step "... and come back from it"
show mount "$disk" "$mnt"
wrong=$(cd "$mnt" && sha256sum --quiet -c /tmp/pciem-demo-sums 2>&1 | head -n 5 || true)
[ -z "$wrong" ] || { printf 'Checksums differ:\n%s\n' "$wrong" >&2; exit 1; }
echo "$(wc -l </tmp/pciem-demo-sums) files, $(du -sm "$files" | cut -f1) MiB: every checksum is right"
show umount "$mnt"
