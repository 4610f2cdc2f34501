#!/bin/sh
# A port of the card and the pseudo terminal that it leads to: a line each way, then both ways at once and more than
# fits into a FIFO. $1: the port, such as ttyS1; $2: the pseudo terminal; $3: bytes.
set -eu
port=/dev/$1
far=$2
count=$3
tmp=/tmp/$1

stty -F "$port" raw -echo 115200
# Open from here on: a port that is opened anew forgets what it has received.
exec 3<>"$port" 4<>"$far"
echo 'from the port' >&3
read -r line <&4
echo "$1 sent: $line"
echo 'from afar' >&4
read -r line <&3
echo "$1 received: $line"

head -c "$count" /dev/urandom >"$tmp.out"
head -c "$count" /dev/urandom >"$tmp.in"
timeout 120 dd bs=1 count="$count" status=none <&4 >"$tmp.far" &
far_reader=$!
timeout 120 dd bs=1 count="$count" status=none <&3 >"$tmp.near" &
near_reader=$!
cat "$tmp.out" >&3 &
writer=$!
cat "$tmp.in" >&4
wait "$writer"
wait "$far_reader"
wait "$near_reader"
cmp "$tmp.out" "$tmp.far"
cmp "$tmp.in" "$tmp.near"
echo "$1: $count bytes each way at $(stty -F "$port" speed) baud"
