#!/bin/sh
# The plug pulled at a prompt, in a PIN entry, while a share is on its way: each ends the ceremony and says so. Plugged in again, the
# reader comes back by itself, and both ways lead out.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
. tests/mistakes.sh
in_sandbox --hsm

# pulls PROMPT WHERE WRITTEN LINE...: at that prompt these lines, the last of them `unplug`.
pulls() {
	writes anna bert cora
	reads cora anna
	until_prompt "$1" ''
	where=$2
	count=$3
	shift 3
	begins install --quorum 2of3
	go "$where"
	at_once "$@"
	finished 1
	has "$(cat "$err")" 'the reader was unplugged' 'what the command says'
	broken_off "$where: the reader was unplugged. $(ways_out "$count")"
	pad plug
}

deck anna bert cora

# Without a reader nothing goes on, and nothing is lost by trying.
fresh
begins install --quorum 2of3
asked_for 'Write New Key / press OK/Cancel'
line unplug
go 'without a reader'
finished 1
fails 1 cardinal resume 2>"$CARDINAL_RUN/refusal"
has "$(cat "$CARDINAL_RUN/refusal")" unplugged 'resuming without a reader'
told "backup-create, step begin: the reader was unplugged. $(ways_out 0)"
pad plug
cardinal factory-reset --yes 2>/dev/null

one_way pulls 4 'backup-create, card 2 of 3, step insert' 1 unplug
both_ways pulls 5 "backup-create, card 2 of 3 ($(serial bert)), step pin" 1 'press 1 2 3' unplug
both_ways pulls 7 "backup-create, card 3 of 3 ($(serial cora)), step write" 2 \
    'press 1 2 3 4 5 6 ok' 'wait "Please wait"' unplug
one_way pulls 12 "backup-read, card 2 of 2 ($(serial anna)), step read" 3 \
    'press 1 2 3 4 5 6 ok' 'wait "Please wait"' unplug
