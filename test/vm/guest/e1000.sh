#!/bin/sh
# The stock e1000 driver: link up, and traffic to the tap device at the other end of the cable.
set -eu
nic=$(ls "/sys/bus/pci/devices/$PCIEM_ADDRESS/net")
tap=$1

# The driver gives an interrupt ten milliseconds, in which a busy machine may not run the device at all.
ethtool -t "$nic" offline || ethtool -t "$nic" offline || ethtool -t "$nic" offline

# Its own name space, or the kernel would take the short way between its two addresses.
ip netns add card
ip link set "$nic" netns card
ip addr add 10.77.0.1/24 dev "$tap"
ip link set "$tap" up
ip -n card addr add 10.77.0.2/24 dev "$nic"
ip -n card link set "$nic" up
tries=0
until [ "$(ip netns exec card cat "/sys/class/net/$nic/carrier" 2>/dev/null)" = 1 ]; do
  tries=$((tries + 1))
  [ "$tries" -le 100 ] || { echo "no link" >&2; exit 1; }
  sleep 0.1
done
echo "link: $(ip netns exec card cat "/sys/class/net/$nic/speed") Mb/s"

busybox ping -c 3 -W 5 10.77.0.2
busybox ping -c 3 -W 5 -s 1400 10.77.0.2
# Both directions of TCP, with checksums and segmentation left to the card.
head -c 1000000 /dev/urandom >/tmp/sent
for direction in to from; do
  if [ "$direction" = to ]; then listener='ip netns exec card'; client=''; address=10.77.0.2
  else listener=''; client='ip netns exec card'; address=10.77.0.1; fi
  $listener "$NODE" -e 'require("net").createServer(s => { s.pipe(require("fs").createWriteStream("/tmp/received")).on("close", () => process.exit()); }).listen(5001)' &
  server=$!
  sleep 1
  $client "$NODE" -e 'require("fs").createReadStream("/tmp/sent").pipe(require("net").connect(5001, process.argv[1]))' "$address"
  wait "$server"
  cmp /tmp/sent /tmp/received
  echo "TCP $direction the card: $(wc -c </tmp/received) bytes"
done
ip netns exec card iperf3 -s -D
for direction in to from; do
  if [ "$direction" = to ]; then reverse=''; else reverse=-R; fi
  iperf3 -c 10.77.0.2 -n 2M $reverse -J >/tmp/iperf3.json || { cat /tmp/iperf3.json; exit 1; }
  "$NODE" -p "'iperf3 $direction the card: ' + require('/tmp/iperf3.json').end.sum_received.bytes + ' bytes'"
done
ip -n card -s link show "$nic"
