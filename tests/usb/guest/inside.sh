#!/bin/sh
# The guest's second program: makes a Debian system of it, as far as readers are concerned, and runs
# the numbered scripts beside it, one after the other. Results go to the second serial line, a line
# a script as tests/run has them.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH
cd /cardinal || exit 1

say() {
	echo "$*" >/dev/ttyS1
}

mkdir -p /run/lock /run/pcscd /dev/pts /dev/shm
chmod 755 /run/pcscd
mount -t devpts devpts /dev/pts
mount -t tmpfs shm /dev/shm
# A host's /tmp is as full as its owner left it, and may be read-only to others.
mount -t tmpfs -o mode=1777 tmp /tmp
mount -t tmpfs -o mode=755 state /var/lib
hostname guest
ip link set lo up 2>/dev/null

# Readers of other packages of the system outside are nothing to us.
rm -f /etc/reader.conf.d/*

# What `make install` installs, under the links that lead from /lib to /usr/lib. Those who own it here
# are not those who built it there.
tar -C build/usb/installed -c . |
    tar -C / -x --keep-directory-symlink --no-overwrite-dir --no-same-owner || say "not ok make install"
rm -rf /var/lib/cardinal /etc/cardinal
grep -q ^cardinal: /etc/group || echo 'cardinal:x:990:' >>/etc/group
grep -q ^pcscd: /etc/group || echo 'pcscd:x:992:' >>/etc/group
grep -q ^cardinald: /etc/group || echo 'cardinald:x:991:' >>/etc/group
grep -q ^cardinald: /etc/passwd ||
    echo 'cardinald:x:991:991:Cardinal HSM:/var/lib/cardinal:/usr/sbin/nologin' >>/etc/passwd
install -d -m 1775 -o cardinald -g cardinal /run/cardinal
install -d -m 711 -o cardinald -g cardinald /var/lib/cardinal
install -d -m 3770 -g cardinal /var/lib/cardinal/cards

/lib/systemd/systemd-udevd --daemon
udevadm trigger --type=subsystems --action=add
udevadm trigger --type=devices --action=add
udevadm settle --timeout=60
modprobe vhci-hcd || say "not ok modprobe vhci-hcd"

only=$(sed -n 's/.* only=\([^ ]*\).*/\1/p' /proc/cmdline)
for script in tests/usb/guest/[0-9][0-9]-*.sh; do
	name=$(basename "$script" .sh)
	echo "$name" | grep -qE -- "$only" || continue
	echo "== $name" >/dev/console
	started=$(cut -d . -f 1 /proc/uptime)
	mkdir -p "/run/logs/$name"
	status=0
	LOGS=/run/logs/$name timeout -k 10 "${SECONDS_EACH:-400}" "$script" \
	    >"/run/logs/$name/out" 2>&1 </dev/null || status=$?
	took=$(($(cut -d . -f 1 /proc/uptime) - started))
	if [ $status -eq 0 ]; then
		say "ok test-usb: $name ($took s)"
	else
		say "not ok test-usb: $name (exit $status, $took s)"
		tail -30 "/run/logs/$name/out" | sed 's/^/    /' >/dev/ttyS1
	fi
done
dmesg >/run/logs/dmesg
say done
exec busybox poweroff -f
