#!/bin/sh
# Readers whose pads are not there cost nothing: once pcscd has settled, no thread of it stirs, the
# one apart that lets clients in; the driver's are told when a pad comes, and need not look.
cd "$(dirname "$0")/.." && BUILD=build && . tests/lib.sh	# the sanitizers have threads of their own
. tests/pads.sh
in_sandbox --pads 4

# A line a thread, and how often it gave up the processor.
switches() {
	for task in "/proc/$SANDBOX_PCSCD/task"/*; do
		[ "${task##*/}" = "$SANDBOX_PCSCD" ] ||
		    awk -v task="${task##*/}" '/ctxt_switches/ { n += $2 } END { print task, n }' \
		    "$task/status" 2>/dev/null || :
	done
}
# A client that waits for a second, since it is its own end that pcscd's thread for it waits for.
settled() {
	before=$(switches)
	pcsc_scan -n -t 1 >"$SANDBOX_LOGS/scan" 2>&1 || :
	[ "$before" = "$(switches)" ]
}
for n in 0 1 2 3; do
	dies $n
	same ok "$(at $n absent)" 'a pad that died'
done
tries=0
until settled; do
	tries=$((tries + 1))
	[ $tries -lt 20 ] || die "pcscd never comes to rest: $before $(switches)"
done
[ "$(echo "$before" | wc -l)" -ge 8 ] || die "the driver has fewer threads than that: $before"
cardinal-pad card new anna
comes_back 2 anna
