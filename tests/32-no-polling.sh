#!/bin/sh
# Presence costs nothing: from before a client comes that waits for cards until it has gone again,
# nobody wakes the pad, and no thread of pcscd stirs that was there before, the one apart that lets
# clients in. The kernel counts how often each gave up the processor.
cd "$(dirname "$0")/.." && . tests/lib.sh
BUILD=${BUILD%/san/bin}	# the sanitizers have threads of their own
PATH=$BUILD:$PATH
in_sandbox

# switches PID: a line a thread, and how often it gave up the processor.
switches() {
	for task in "/proc/$1/task"/*; do
		[ "${task##*/}" = "$SANDBOX_PCSCD" ] ||
		    awk -v task="${task##*/}" '/ctxt_switches/ { n += $2 } END { print task, n }' \
		    "$task/status" 2>/dev/null || :
	done
}

# Those of the idle processes, the driver's reading thread and pcscd's polling thread among them.
both() {
	switches "$SANDBOX_PAD0"
	switches "$SANDBOX_PCSCD"
}

# A client that finds the reader, and waits as long as it is told.
client() {
	pcsc_scan -n -t "$1" >"$CARDINAL_RUN/scan" 2>&1 || :
	grep -q 'Card state' "$CARDINAL_RUN/scan" || die "pcsc_scan found no reader"
}

# Until the start has settled, and the threads of clients that have gone are gone, too.
settled() {
	before=$(both)
	client 1
	[ "$before" = "$(both)" ]
}
tries=0
until settled; do
	tries=$((tries + 1))
	[ $tries -lt 20 ] || die "pad and pcscd never come to rest: $before $(both)"
done
before=$(both)
[ "$(echo "$before" | wc -l)" -ge 3 ] || die "pad and driver have fewer threads than that: $before"
client 3
same "$before" "$(both)" 'how often a thread was woken'
