#!/bin/sh
# tests/soak-usb.sh: an emulated cyberJack that comes and goes for a long time, with the sanitizers
# in the driver. `make soak` runs it in full; a short one is among the tests.
#
#   SOAK_USB_PLUGS   unplugging and plugging in again under the real pcscd, each time with an APDU
#                    to the card; as many as the emulated bus has numbers for devices.
#   SOAK_USB_SLOW    the same in a pcscd that rests before each lock that it takes.
#   SOAK_USB_OPENS   the driver opened and closed in one process, the card powered each time.
#
# pcscd has as many descriptors and threads in the end as at the beginning, and LeakSanitizer finds
# nothing; it looks while pcscd runs, since umockdev may keep a signal to end from it for ever.
cd "$(dirname "$0")/.." && . tests/lib.sh && . tests/usb/lib.sh
SOAK_USB_PLUGS=${SOAK_USB_PLUGS:-100}
SOAK_USB_SLOW=${SOAK_USB_SLOW:-50}
SOAK_USB_OPENS=${SOAK_USB_OPENS:-10000}
card=anna

holds() {
	echo "$(ls "/proc/$SANDBOX_PCSCD/fd" | wc -l) $(ls "/proc/$SANDBOX_PCSCD/task" | wc -l)"
}
at_rest() {
	now=$(holds)
	[ "${now% *}" -le "${before% *}" ] && [ "${now#* }" -le "${before#* }" ]
}
soak() {
	CARDINAL_RUN=$USB/run build/tests/tools/soak usb "$1" 0 $card "$(cyberjack)"
}

case ${INSIDE-} in
plugs)
	cardinal-pad card new $card
	plug_in 0
	eventually has_cyberjacks 1
	soak 1
	before=$(holds)
	soak "$SOAK_USB_PLUGS"
	eventually at_rest
	timeout 30 sh -c 'printf . >"$LEAK_CHECK"' || die 'nobody looks for leaks'
	same "$LEAKS" "$(timeout 60 cat "$LEAK_CHECK")" 'whether pcscd leaks'
	[ "$LEAKS" = 0 ] || exit 0
	echo "pcscd after $SOAK_USB_PLUGS plugs of a cyberJack: ${now% *} descriptors, ${now#* }" \
	    "threads, as before, and no leak"
	exit 0 ;;
opens)
	export CARDINAL_RUN="$USB/run" CARDINAL_CARDS="$USB/cards"
	cardinal-pad card new $card
	cardinal-pad --headless --pad 0 >"$USB/pad0.log" 2>&1 &
	pad0=$!
	trap 'kill $pad0; wait $pad0' EXIT
	eventually pad insert $card
	eventually grep -q plugged "$USB/bus.log"
	LD_PRELOAD="$KEPT $MOCK" build/tests/tools/opens "$BUILD/libifd-cardinal.so" \
	    usb:0c4b/0100:libudev:0:/dev/bus/usb/001/002 "$SOAK_USB_OPENS" ||
	    die "$SOAK_USB_OPENS opens: exit $?"
	echo "the driver opened and closed for a cyberJack $SOAK_USB_OPENS times, no leak"
	exit 0 ;;
esac
needs_namespaces 'pcscd would look for the drivers that are installed'

lib=$(preload)
[ -n "$lib" ] || die 'a driver without the sanitizers'
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
MOCK=$(PATH=$PATH:/sbin:/usr/sbin ldconfig -p | sed -n 's/.*=> \(.*libumockdev-preload\.so\.0\)$/\1/p' | head -1)
[ -n "$MOCK" ] || die 'no libumockdev-preload.so.0'
KEPT="$lib $PWD/build/tests/tools/keep_loaded.so"
export MOCK KEPT SOAK_USB_PLUGS SOAK_USB_OPENS

# bus WHAT COMMAND...: on a bus of its own.
bus() {
	export USB="$T/$1" INSIDE="$1"
	shift
	contents=$USB/drivers/ifd-cardinal.bundle/Contents
	mkdir -p "$contents/Linux" "$USB/run" "$USB/tmp"
	cp Info.plist "$contents"
	cp "$BUILD/libifd-cardinal.so" "$contents/Linux"
	status=0
	LD_PRELOAD=$MOCK TMPDIR=$USB/tmp "$mockjack" "$USB" 1 "$@" || status=$?
	rm -r "$USB"
	return $status
}
export LEAK_CHECK=$T/leak_check
mkfifo "$LEAK_CHECK"
# plugs N LEAKS [LIBRARY]
plugs() {
	SOAK_USB_PLUGS=$1 LEAKS=$2 bus plugs cardinal-sandbox --pads 0 --pcscd-log "$T/log" \
	    --preload "$lib $MOCK $PWD/build/tests/tools/leak_check.so ${3-}" \
	    --drivers "$T/plugs/drivers" -- "$0" || { cat "$T/log"; die 'findings'; }
}
# plugs_without_findings N [LIBRARY]
plugs_without_findings() {
	plugs "$1" 0 "${2-}"
	if grep 'Sanitizer\|runtime error' "$T/log"; then
		die 'findings'
	fi
}
plugs_without_findings "$SOAK_USB_PLUGS"
# And with threads that come in each other's way.
plugs_without_findings "$SOAK_USB_SLOW" "$PWD/build/tests/tools/slow_locks.so"
# And the other way round: a leak that is there is seen.
plugs 1 1 "$PWD/build/tests/tools/leaks.so"
bus opens "$0"
