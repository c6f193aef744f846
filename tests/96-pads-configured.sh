#!/bin/sh
# Several pads as an administrator gets them, by `make install PADS=4`: pcscd starts with that
# configuration before there is any pad, and each pad has its reader as soon as it comes. Neither a
# configuration without a reader nor one with far too many keeps pcscd from starting.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/pads.sh
unset MAKEFLAGS MFLAGS MAKELEVEL

if [ "${INSIDE-}" = "$0" ]; then
	export CARDINAL_RUN=/run/cardinal
	same "$READERS" "$(timeout $long pcsc_scan -r | grep -c 'Cardinal PIN pad')" 'readers of pcscd'
	[ "$READERS" != 0 ] || exit 0
	mkdir -p "$CARDINAL_RUN"
	for n in 3 0 2 1; do
		same ok "$(at $n absent)" 'a pad that never was'
		cardinal-pad card new "card$n"
		comes_back $n "card$n"
	done
	exit 0
fi

needs_namespaces 'pcscd would look for the driver that is installed'
dest=$(mktemp -d)
trap 'rm -rf "$dest"' EXIT
conf=$dest/etc/reader.conf.d/cardinal
# installed READERS PADS: what PADS says is how many there are; else the number stays.
installed() {
	make -s install DESTDIR="$dest" ${2:+"PADS=$2"} >/dev/null
	same "$1" "$(grep -c ^FRIENDLYNAME "$conf")" 'readers of the configuration'
}
INSIDE=$0
export INSIDE
box() {
	READERS=$1 sandbox --pads 0 --drivers "$dest/usr/lib/pcsc/drivers" --readers "$2" -- "$0"
}
installed 1 ''
installed 4 4
installed 4 ''
box 4 "$conf"
installed 0 0
box 0 "$conf"
installed 16 16
cat "$conf" "$conf" >"$dest/twice"
box 16 "$dest/twice"
for n in 17 -1 x; do
	fails 2 make -s install DESTDIR="$dest" "PADS=$n" 2>/dev/null
done
