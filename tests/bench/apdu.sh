#!/bin/sh
# Round trips through pcscd: the virtual reader beside a driver that answers at once, and beside
# vsmartcard's vpcd with a card that does, once as it is and once with a card that acknowledges
# each segment at once.
cd "$(dirname "$0")/../.."
BUILD=${BUILD:-build}
. tests/lib.sh
. tests/bench/vpcd.sh
in_own_network
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
cat >"$T/conf" <<X
FRIENDLYNAME "a driver that answers at once"
DEVICENAME null:0
LIBPATH $PWD/build/bench/ifd_null.so

X
if [ "$own_network" = yes ]; then
	vpcd_reader 35963 'vpcd' >>"$T/conf"
	vpcd_reader 35973 'vpcd, acknowledged at once' >>"$T/conf"
fi
sandbox --readers "$T/conf" -- sh -eu -c '
	cardinal-pad card new anna
	cardinal-pad ctl insert anna
	set -- "Cardinal PIN pad 0 00 00" "a driver that answers at once 00 00"
	if [ "$0" = yes ]; then
		build/bench/vpcd_card 35963 &
		build/bench/vpcd_card 35973 quick &
		set -- "$@" "vpcd 00 00" "vpcd, acknowledged at once 00 00"
	fi
	build/bench/apdu "$@"' "$own_network"
