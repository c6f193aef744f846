#!/bin/sh
# The disk is full when an installation breaks off: the daemon says so as long as it cannot be written down, also when it
# is started again so, refuses what would change something, and needs nothing but room to go on.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
on_both_builds
in_sandbox

start() {
	cardinald --foreground 2>>"$CARDINAL_RUN/log" &
	daemon=$!
	eventually cardinal status
}

fill() {
	cat /dev/zero >"$CARDINAL_STATE/filler" 2>/dev/null || :
}

# owed MESSAGE: it stays installing with nothing running, says why, and how to go on.
owed() {
	same installing "$(word state)" 'the state on a full disk'
	same "$1" "$(message)" 'the message on a full disk'
	for command in 'resume' 'factory-reset --yes' 'install --quorum 2of3'; do
		status=0
		refusal=$(cardinal $command 2>&1) || status=$?
		same 1 $status "$command on a full disk"
		has "$refusal" 'make room' "$command on a full disk"
		has "$refusal" "($1)" "$command on a full disk"
	done
	fails 1 cardinal cancel 2>"$CARDINAL_RUN/refusal"
	has "$(cat "$CARDINAL_RUN/refusal")" 'no ceremony is running'
}

# told MESSAGE: with room again, the first who asks hears of it, and it is written down.
told() {
	rm "$CARDINAL_STATE/filler"
	same inconsistent "$(word state)" 'the state with room'
	same "$1" "$(message)" 'the message with room'
	has "$(cardinal events | tail -1)" "broken.*${1%%:*}" 'the last record'
	has "$(cardinal events --verify)" 'is whole'
}

mkdir -p "$CARDINAL_STATE"
mount -t tmpfs -o size=2m,mode=700 none "$CARDINAL_STATE"
start
cardinal issuer add "$(cardinal-pad card issuer)" >/dev/null
ways='0 of 3 cards are written: `cardinal resume` begins a new set, `cardinal factory-reset` starts over'

background cardinal install --quorum 2of3
shows 'Write New Key / press OK/Cancel'
fill
pad press cancel
finished 3
message="backup-create, step begin: Cancel was pressed. $ways"
owed "$message"
told "$message"

# Ended there, and started again on a disk that still is full.
background cardinal resume
asks 'Write New Key / press OK/Cancel'
fill
kill $daemon
wait $daemon
wait $job || :
start
message="cardinald was stopped in backup-create, step begin. $ways"
owed "$message"
told "$message"

cardinal factory-reset --yes
same factory "$(word state)" 'the state after a reset'
kill $daemon
wait $daemon
