#!/bin/sh
# Waits for the frame buffer device of the display and takes it away from the text console, which would draw on it.
set -eu
tries=0
until [ -e /dev/fb0 ]; do
  tries=$((tries + 1))
  [ "$tries" -le 100 ] || { echo "no /dev/fb0" >&2; exit 1; }
  sleep 0.1
done
for console in /sys/class/vtconsole/vtcon*; do
  case $(cat "$console/name") in *'frame buffer'*) echo 0 >"$console/bind" ;; esac
done
sys=/sys/class/graphics/fb0
echo "$(cat $sys/name) $(cat $sys/virtual_size) $(cat $sys/stride) $(cat $sys/bits_per_pixel)"
