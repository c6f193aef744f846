#!/bin/sh
# tests/soak.sh: pads that come and go for a long time under the real pcscd. `make soak` runs it in
# full on both builds, the one with the sanitizers and, with BUILD=build, the one that is installed;
# a short one is among the tests.
#
#   SOAK_SWAPS   cards in and out at one pad, the ATR read each time. 17280 are a day of one swap
#                each five seconds: more than any person does.
#   SOAK_PLUGS   unplugging and plugging in again, at all the other fifteen pads of one pcscd at
#                once, each time with an APDU to the card.
#   SOAK_OPENS   the driver opened and closed in one process, the card powered each time.
#
# In the end pcscd has as many descriptors and threads as when all had begun, and LeakSanitizer
# finds nothing; without the sanitizers, which keep books of their own about what is freed, it has as
# much memory, too. What was counted is printed.
cd "$(dirname "$0")/.." && . tests/lib.sh
SOAK_SWAPS=${SOAK_SWAPS:-17280}
SOAK_PLUGS=${SOAK_PLUGS:-10000}
SOAK_OPENS=${SOAK_OPENS:-10000}
lib=$(preload)
kept=
build=plain
if [ -n "$lib" ]; then
	kept="$lib $PWD/build/tests/tools/keep_loaded.so"
	build=sanitized
fi
plugged='1 2 3 4 5 6 7 8 9 10 11 12 13 14 15'

# What pcscd holds: descriptors, threads, memory in KiB.
holds() {
	fds=$(ls "/proc/$SANDBOX_PCSCD/fd" | wc -l)
	threads=$(ls "/proc/$SANDBOX_PCSCD/task" | wc -l)
	rss=$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$SANDBOX_PCSCD/status")
}
at_rest() {
	holds
	[ "$fds" -le "$fds_first" ] && [ "$threads" -le "$threads_first" ]
}

# all SWAPS PLUGS: at all pads at once, PLUGS at each of the fifteen.
all() {
	clients=
	for n in $plugged; do
		build/tests/tools/soak plug "$2" "$n" "card$n" &
		clients="$clients $!"
	done
	build/tests/tools/soak swap "$1" 0 card0
	for c in $clients; do
		wait "$c"
	done
}

if [ "${INSIDE-}" = "$0" ]; then
	for n in 0 $plugged; do
		cardinal-pad card new "card$n"
	done
	each=$(((SOAK_PLUGS + 14) / 15))
	# The first tenth is to fill what is filled once.
	all $((SOAK_SWAPS / 10)) $((each / 10 + 1))
	holds
	fds_first=$fds threads_first=$threads rss_first=$rss
	echo "$build pcscd at the beginning: $fds descriptors, $threads threads, $rss KiB"
	all "$SOAK_SWAPS" "$each"
	eventually at_rest
	echo "$build pcscd after $SOAK_SWAPS swaps at one pad, $((15 * each)) plugs at fifteen:" \
	    "$fds descriptors, $threads threads, $rss KiB"
	if [ -z "$lib" ]; then
		[ $((rss - rss_first)) -lt 512 ] || die "pcscd grew from $rss_first to $rss KiB"
		exit 0
	fi

	# The driver alone, at a pad that pcscd has not.
	run=$CARDINAL_RUN/alone
	cardinal-pad --headless --pad 0 --run "$run" 2>"$SANDBOX_LOGS/alone.log" &
	eventually cardinal-pad ctl --run "$run" insert card0
	LD_PRELOAD=$kept build/tests/tools/opens "$BUILD/libifd-cardinal.so" \
	    "cardinal:$run/pad0.sock" "$SOAK_OPENS" || die "$SOAK_OPENS opens: exit $?"
	echo "the driver opened and closed $SOAK_OPENS times, no leak"
	exit 0
fi

[ -z "$lib" ] || needs_namespaces 'pcscd looks for USB readers, and leaks of libudev are found'
log=$(mktemp)
trap 'rm -f "$log"' EXIT
INSIDE=$0
export INSIDE SOAK_SWAPS SOAK_PLUGS SOAK_OPENS
status=0
cardinal-sandbox --pads 16 --gentle --pcscd-log "$log" ${kept:+--preload "$kept"} -- "$0" ||
    status=$?
if grep -E 'Sanitizer|runtime error' "$log"; then
	sed -n '/Sanitizer/,$p' "$log"
	die 'findings'
fi
same 0 "$status" 'status of the sandbox'
[ -z "$lib" ] || echo 'pcscd ended without a leak'
