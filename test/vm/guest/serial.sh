#!/bin/sh
# The stock 8250_exar driver: what is written to a port comes back from the card.
set -eu
ports=$(cd "/sys/bus/pci/devices/$PCIEM_ADDRESS" && find . -name 'ttyS*' | sed 's|.*/||' | sort -u)
for port in $ports; do
  tty=/dev/$port
  stty -F "$tty" 115200 raw -echo
  head -c 400 /dev/urandom | base64 -w 60 >/tmp/sent
  # The reader is there before the first byte: closing a port throws away what has come.
  exec 3<"$tty"
  timeout 60 head -c "$(wc -c </tmp/sent)" <&3 >/tmp/received &
  reader=$!
  timeout 60 cat /tmp/sent >"$tty"
  wait "$reader"
  exec 3<&-
  cmp /tmp/sent /tmp/received
  echo "$port: $(wc -c </tmp/received) bytes came back"
done
