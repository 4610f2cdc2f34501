#!/bin/sh
# The driver of the edu device: interrupt-driven factorials, and DMA there and back.
set -eu
device=/sys/bus/pci/devices/$PCIEM_ADDRESS
[ -d "$device/msi_irqs" ] && echo 'MSI: yes'
for n in 10 12 13; do
  echo "$n" >"$device/factorial"
  echo "$n! = $(cat "$device/factorial")"
done
echo 'to the device and back' >"$device/echo"
[ "$(cat "$device/echo")" = 'to the device and back' ]
head -c 3000 /dev/urandom | base64 -w 0 >/tmp/text
dd if=/tmp/text of="$device/echo" bs=4000 status=none
cmp /tmp/text "$device/echo"
echo "$(wc -c <"$device/echo") bytes came back"
echo "interrupts: $(cat "$device/interrupts")"
