# Sourced: waits for the disk of an NVMe device.
disk=/dev/nvme0n1
wait_for_disk() {
  tries=0
  until [ -b "$disk" ]; do
    tries=$((tries + 1))
    [ "$tries" -le 600 ] || { echo "$disk did not appear" >&2; exit 1; }
    sleep 0.1
  done
}
