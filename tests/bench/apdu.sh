#!/bin/sh
# Round trips through pcscd, the virtual reader beside a driver that answers at once.
cd "$(dirname "$0")/../.."
BUILD=${BUILD:-build}
. tests/lib.sh
conf=$(mktemp)
trap 'rm -f "$conf"' EXIT
cat >"$conf" <<X
FRIENDLYNAME "Answers at once"
DEVICENAME null:0
LIBPATH $PWD/build/bench/ifd_null.so
X
sandbox --readers "$conf" -- sh -eu -c '
	cardinal-pad card new anna
	cardinal-pad ctl insert anna
	build/bench/apdu "Cardinal PIN pad 0 00 00" "Answers at once 00 00"'
