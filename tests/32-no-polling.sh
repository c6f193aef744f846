#!/bin/sh
# Presence costs nothing: while a client waits for cards for 2 s, nobody wakes the pad, and pcscd's
# driver does not stir. The kernel counts how often a process gave up the processor.
cd "$(dirname "$0")/.." && . tests/lib.sh
BUILD=${BUILD%/san/bin}	# the sanitizers have threads of their own
PATH=$BUILD:$PATH
in_sandbox

switches() {
	cat "/proc/$1/task"/*/status | awk '/ctxt_switches/ { n += $2 } END { print n }'
}
# Until the start has settled.
settled() {
	before=$(switches "$SANDBOX_PAD0")
	timeout 0.3 pcsc_scan -n >/dev/null || :
	[ "$before" = "$(switches "$SANDBOX_PAD0")" ]
}
eventually settled
pad_before=$(switches "$SANDBOX_PAD0")
pcscd_before=$(switches "$SANDBOX_PCSCD")
timeout 2 pcsc_scan -n >/dev/null || :
same "$pad_before" "$(switches "$SANDBOX_PAD0")" 'wake-ups of the idle pad'
# A client comes and goes, that is all; polling every 400 ms would double it.
woken=$(($(switches "$SANDBOX_PCSCD") - pcscd_before))
echo "pcscd was woken $woken times"
timeout 4 pcsc_scan -n >/dev/null || :
again=$(($(switches "$SANDBOX_PCSCD") - pcscd_before - woken))
echo "and $again times in twice the time"
[ "$again" -lt $((woken + 8)) ] || die "pcscd is woken more often the longer it idles: $woken, $again"
