#!/bin/sh
# The pad's process is killed at a prompt, in a PIN entry, and where a share is just being saved: as if the plug were pulled. With
# a new one, both ways lead out.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
. tests/mistakes.sh
in_sandbox --hsm

new_pad() {
	eventually gone "$pad"
	"$@" cardinal-pad --headless 2>>"$SANDBOX_LOGS/pad0.log" &
	eventually pad status
	slot=
}

killed() {
	finished 1
	new_pad
	pad=$!
	told "$1: the reader was unplugged. $(ways_out "$2")"
}

# dies PROMPT WHERE WRITTEN
dies() {
	writes anna bert cora
	until_prompt "$1" ''
	begins install --quorum 2of3
	go "$2"
	kill -KILL "$pad"
	killed "$2" "$3"
}

# dies_writing CARD WHERE WRITTEN: each PIN entry has saved twice before.
dies_writing() {
	kill -KILL "$pad"
	new_pad env ASAN_OPTIONS=detect_leaks=0 strace -f --quiet=attach,exit -o /dev/null -e trace=/^rename \
	    -e inject=/^rename:signal=SIGKILL:when=$((3 * $1))
	pad=$(pgrep -P $!)
	writes anna bert cora
	until_prompt $((2 * $1 + 1)) ''
	begins install --quorum 2of3
	go "$2"
	pad press 1 2 3 4 5 6 ok 2>/dev/null || :
	killed "$2" "$3"
}

deck anna bert cora
pad=$SANDBOX_PAD0
both_ways dies 2 'backup-create, card 1 of 3, step insert' 0
both_ways dies 5 "backup-create, card 2 of 3 ($(serial bert)), step pin" 1
both_ways dies_writing 3 "backup-create, card 3 of 3 ($(serial cora)), step write" 2
kill -KILL "$pad"
