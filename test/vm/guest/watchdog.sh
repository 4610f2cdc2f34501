#!/bin/sh
# The stock i6300esb driver: starts, pings and stops the watchdog, then lets it run out and learns of that.
set -eu
watchdog=/sys/class/watchdog/watchdog0
driver=$(readlink -f "/sys/bus/pci/devices/$PCIEM_ADDRESS/driver")

echo "$(cat $watchdog/identity), $(cat $watchdog/timeout) s, reset by it: $(cat $watchdog/bootstatus)"
# Any write starts and pings it; V allows closing the file to stop it.
exec 3>/dev/watchdog0
echo x >&3
echo "open: $(cat $watchdog/state)"
printf V >&3
exec 3>&-
echo "closed: $(cat $watchdog/state)"

exec 3>/dev/watchdog0
sleep 3
printf V >&3
exec 3>&-
echo "$PCIEM_ADDRESS" >"$driver/unbind"
echo "$PCIEM_ADDRESS" >"$driver/bind"
echo "reset by it: $(cat $watchdog/bootstatus)"
