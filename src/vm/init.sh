#!/bin/busybox sh
# Process 1 of the throw-away machine. First in the initramfs: load what reaches the host's files, put a tmpfs over
# them, and go there. Then ("stage 2", in the new root): load pciem.ko, run the command, report, power off.
# The words that it says on the port pciem.control are read by src/vm/control.ts.
export PATH=/bin:/sbin:/usr/bin:/usr/sbin
share=/run/pciem

port() { # name of a virtio port -> device
  for dir in /sys/class/virtio-ports/*; do
    [ "$(cat "$dir/name")" = "$1" ] && echo "/dev/${dir##*/}" && return
  done
}

say() { echo "$*" >&3; }

power_off() {
  sync
  echo o >/proc/sysrq-trigger
  while :; do sleep 1; done
}

die() {
  say "fail $*"
  sleep 1
  power_off
}

stage1() {
  /bin/busybox --install -s /bin
  mount -t proc proc /proc
  mount -t sysfs sys /sys
  mount -t devtmpfs dev /dev
  while read -r module; do insmod "/modules/$module" || echo "pciem: insmod $module failed" >/dev/kmsg; done </modules/order
  control=
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    control=$(port pciem.control)
    [ -n "$control" ] && break
    sleep 0.1
  done
  exec 3<>"$control"
  say boot

  mkdir -p /lower /upper /new
  options=trans=virtio,version=9p2000.L,msize=512000
  mount -t 9p -o "$options,ro,cache=loose" root /lower || die "the host's files cannot be mounted"
  mount -t tmpfs -o mode=755 tmpfs /upper
  mkdir /upper/data /upper/work
  mount -t overlay -o lowerdir=/lower,upperdir=/upper/data,workdir=/upper/work overlay /new || die "overlay failed"
  for dir in proc sys dev; do
    mkdir -p "/new/$dir"
    mount --move "/$dir" "/new/$dir"
  done
  mkdir -p /new/run
  mount -t tmpfs -o mode=755 tmpfs /new/run
  mkdir -p "/new$share" /new/run/pciem-bin
  mount -t 9p -o "$options,access=any" share "/new$share" || die "the share cannot be mounted"
  cp /bin/busybox /init /new/run/pciem-bin/
  exec switch_root /new /run/pciem-bin/busybox sh /run/pciem-bin/init stage2
}

stage2() {
  bin=/run/pciem-bin
  # Our own tools first: the host may have anything or nothing.
  "$bin/busybox" --install -s "$bin"
  PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$bin
  mkdir -p /dev/pts /dev/shm /tmp
  mount -t devpts -o mode=620,ptmxmode=666 devpts /dev/pts
  mount -t tmpfs -o mode=1777 tmpfs /dev/shm
  ln -sf /proc/self/fd /dev/fd
  # As udev makes them: without, whoever opens standard output by its name makes a file.
  ln -sf fd/0 /dev/stdin
  ln -sf fd/1 /dev/stdout
  ln -sf fd/2 /dev/stderr
  mkdir -p /dev/virtio-ports
  for dir in /sys/class/virtio-ports/*; do ln -s "/dev/${dir##*/}" "/dev/virtio-ports/$(cat "$dir/name")"; done
  mount -t debugfs debugfs /sys/kernel/debug
  "$bin/hostname" pciem-vm
  "$bin/ip" link set lo up

  release=$(uname -r)
  modules=$(cat "$share/modules-path")
  if [ "$modules" != "/lib/modules/$release" ]; then
    mkdir -p "/lib/modules/$release"
    mount --bind "$modules" "/lib/modules/$release" || die "the modules in $modules cannot be mounted"
  fi
  command -v /sbin/modprobe >/dev/null || ln -s "$bin/modprobe" /sbin/modprobe
  if [ -e "$share/pciem.ko" ]; then
    "$bin/insmod" "$share/pciem.ko" 2>"$share/insmod.log" || die "pciem.ko: $(cat "$share/insmod.log")"
  fi
  # What udev does on a real machine: load the driver that claims a new device. Also one that the distribution has
  # blacklisted, as those of watchdogs: whoever plugs a device here wants to see its driver.
  cat >"$bin/on-uevent" <<EOF
#!$bin/sh
[ "\$ACTION" = add ] && [ -n "\$MODALIAS" ] || exit 0
for module in \$(/sbin/modprobe -qR "\$MODALIAS" 2>/dev/null || echo "\$MODALIAS"); do
  /sbin/modprobe -q "\$module"
done
EOF
  chmod 755 "$bin/on-uevent"
  "$bin/uevent" "$bin/on-uevent" </dev/null >/dev/null 2>&1 3>&- &

  listen <&3 &
  listener=$!
  say "start $(cut -d' ' -f1 /proc/uptime)"
  # In the foreground: shells make background jobs ignore SIGINT.
  if [ -e "$share/terminal" ]; then
    "$bin/setsid" -c "$bin/sh" "$bin/init" command </dev/hvc0 >/dev/hvc0 2>&1 3>&-
  else
    "$bin/setsid" "$bin/sh" "$bin/init" command </dev/null >"$(port pciem.out)" 2>"$(port pciem.err)" 3>&-
  fi
  say "exit $?"
  # The host says "bye" when it has all output.
  wait "$listener"
  power_off
}

run_command() {
  echo $$ >/run/pciem-bin/command.pid
  [ -e "$share/terminal" ] && stty $(cat "$share/terminal")
  # The host's own shell: busybox would run its applets instead of the host's programs.
  [ -x /bin/sh ] && exec /bin/sh "$share/command.sh"
  exec /run/pciem-bin/sh "$share/command.sh"
}

listen() {
  while read -r word argument; do
    case $word in
      signal) kill -s "$argument" -- "-$(cat /run/pciem-bin/command.pid)" ;;
      bye) return ;;
    esac
  done
  # Nobody is left who wants to know.
  power_off
}

case $1 in
  stage2) stage2 ;;
  command) run_command ;;
  *) stage1 ;;
esac
