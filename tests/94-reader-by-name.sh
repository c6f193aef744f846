#!/bin/sh
# The reader of the ceremonies, by configuration: by its name without pcscd's numbers, or by a part that only it has; the
# refusal names those there are, and what to do with one that has no PIN pad.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh

# refused NAME TEXT [OPTION...]: inside a sandbox of that configuration.
refused() {
	echo "reader = $1" >"$T/conf"
	INSIDE=refused
	WANT=$2
	export INSIDE WANT
	shift 2
	sandbox --hsm --hsm-config "$T/conf" "$@" -- "$0" || die "reader = $1"
}

if [ -z "${INSIDE-}" ]; then
	T=$(mktemp -d)
	trap 'rm -rf "$T"' EXIT
	refused 'Cardinal PIN pad 2' 'there is no reader `Cardinal PIN pad 2`.*there is Cardinal PIN pad 0 00 00, Cardinal PIN pad 1 01 00' --pads 2
	refused 'Cardinal PIN pad' 'several readers are meant by `Cardinal PIN pad`: Cardinal PIN pad 0 00 00, ' --pads 2
	refused 'pad 0' 'the reader `pad 0` has no PIN pad, and PINs are entered at one only: name another' --without direct,start
	refused 'pad 0' 'there is no reader `pad 0` .*there is none' --pads 0
	echo '' >"$T/conf"
	INSIDE=refused WANT='there is no card reader: plug one in' sandbox --hsm --pads 0 -- "$0"
	INSIDE=refused WANT='no reader has a PIN pad, .*Cardinal PIN pad 0 00 00; `cardinal reader probe' \
	    sandbox --hsm --without direct,start -- "$0"
	echo 'reader = Cardinal PIN pad 1' >"$T/conf"
	INSIDE=second sandbox --hsm --hsm-config "$T/conf" --pads 2 -- "$0"
	exit 0
fi

if [ "$INSIDE" = refused ]; then
	fails 1 cardinal install --quorum 2of3 2>"$CARDINAL_RUN/err"
	has "$(cat "$CARDINAL_RUN/err")" "$WANT"
	same factory "$(word state)" state
	exit 0
fi

# The other pad may ask for a PIN meanwhile.
background cardinal install --quorum 2of3
pad --pad 1 wait 'Write New Key / press OK/Cancel' --timeout 10
has "$(cardinal status)" '^Reader *Cardinal PIN pad 1'
pad --pad 1 press cancel
finished 3
