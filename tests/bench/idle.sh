#!/bin/sh
# What pcscd, driver and pads cost while nobody does anything: processor time, and memory. Without a
# reader; with 1 pad and with 16, a card in each; with 16 readers whose pads are not there; and with
# vsmartcard's vpcd, whose driver asks for the card 2.5 times a second.
cd "$(dirname "$0")/../.."
BUILD=${BUILD:-build}
. tests/lib.sh
. tests/bench/vpcd.sh
[ -n "${INSIDE-}" ] || in_own_network
SECONDS_IDLE=${SECONDS_IDLE:-10}

# Processor time in ns of each thread of the processes, as the scheduler has it.
spent() {
	for p in "$@"; do
		for task in "/proc/$p/task"/*; do
			sed "s,^,${task##*/} ," "$task/schedstat" 2>/dev/null || :
		done
	done | awk '{ print $1, $2 }'
}
# Of the threads that were there before and are now.
since() {
	before=$1
	shift
	spent "$@" | awk -v before="$before" 'BEGIN {
		n = split(before, part)
		for (i = 1; i < n; i += 2)
			was[part[i]] = part[i + 1]
	} $1 in was { ns += $2 - was[$1] } END { printf "%.2f", ns / 1e6 }'
}
resident() {
	sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$1/status"
}
powered() {
	for n in $pads; do
		! pad --pad "$n" status --json | grep -q '"powered": *true' || return 1
	done
}
ready() {
	pcsc_scan -c | grep -q inserted
}

if [ -n "${INSIDE-}" ]; then
	pads=
	processes=
	n=0
	while eval "[ -n \"\${SANDBOX_PAD$n-}\" ]"; do
		pads="$pads $n"
		eval "processes=\"$processes \$SANDBOX_PAD$n\""
		n=$((n + 1))
	done
	case $INSIDE in
	*'without pads')
		kill -KILL $processes
		processes='' pads=''
		# A pad that has just gone is looked for more often.
		sleep 5 ;;
	*vpcd*) build/bench/vpcd_card 35963 & eventually ready ;;
	esac
	for n in $pads; do
		cardinal-pad card new "card$n"
		insert "card$n" "$n"
	done
	# pcscd takes a card's power after 5 s without a client.
	eventually powered
	pcscd_before=$(spent "$SANDBOX_PCSCD")
	pads_before=$(spent $processes)
	sleep "$SECONDS_IDLE"
	printf 'idle for %d s, %s: pcscd %s ms, %d KiB' "$SECONDS_IDLE" "$INSIDE" \
	    "$(since "$pcscd_before" "$SANDBOX_PCSCD")" "$(resident "$SANDBOX_PCSCD")"
	[ -z "$processes" ] || printf '; all pads %s ms, one %d KiB' \
	    "$(since "$pads_before" $processes)" "$(resident "$SANDBOX_PAD0")"
	echo
	exit 0
fi

T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
# One after another would take a minute; a process that sleeps does not mind the others.
beside() {
	INSIDE=$1
	export INSIDE
	shift
	n_cases=$((${n_cases:-0} + 1))
	sandbox "$@" -- "$0" >"$T/$n_cases" &
	cases="${cases-} $!"
}
beside 'no reader' --pads 0
beside '1 pad' --pads 1
beside '16 pads' --pads 16
beside '16 readers without pads' --pads 16
if [ "$own_network" = yes ]; then
	vpcd_reader 35963 vpcd >"$T/conf"
	beside 'vpcd, 1 card' --pads 0 --readers "$T/conf"
fi
for c in $cases; do
	wait "$c"
done
cat "$T"/[1-9]
