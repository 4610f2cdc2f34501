#!/bin/sh
# What a twin looks like once its driver has gone, in file $1; and how far the driver has got.
set -eu
device=/sys/bus/pci/devices/$PCIEM_ADDRESS
if [ -e "$device/driver" ]; then
  echo "bound: $(basename "$(readlink -f "$device/driver")")"
  echo "$PCIEM_ADDRESS" >"$device/driver/unbind"
fi
setpci -s "$PCIEM_ADDRESS" COMMAND=0
lspci -vvxxxx -s "$PCIEM_ADDRESS" >"$1"
dmesg | tail -n 8
