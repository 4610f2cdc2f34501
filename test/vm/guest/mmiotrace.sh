#!/bin/sh
# mmiotrace looks on while the e1000 driver takes a card of QEMU up and down.
set -eu
cd /sys/kernel/debug/tracing
echo 20000 >buffer_size_kb
echo mmiotrace >current_tracer
modprobe e1000
interface=$(ls /sys/bus/pci/drivers/e1000/*:*/net)
ip link set "$interface" up
sleep 1
ip link set "$interface" down
modprobe -r e1000
echo 0 >tracing_on
cat trace >/run/pciem/mmiotrace.txt
echo nop >current_tracer
