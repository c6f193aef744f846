#!/bin/sh
# `cardinal cancel` at a prompt ends the ceremony at once; in a PIN entry when that is over, whether somebody goes on typing or
# nobody does, and nothing is written. Exit status 3, a message of its own, both ways lead out.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
. tests/mistakes.sh
configured 'pin_first_timeout = 2' 'pin_next_timeout = 2'

# cancels PROMPT WHERE WRITTEN LINE...: and these lines at the pad, after the command.
cancels() {
	writes anna bert cora
	until_prompt "$1" ''
	where=$2
	count=$3
	shift 3
	begins install --quorum 2of3
	go "$where"
	cardinal cancel 2>/dev/null
	[ $# -eq 0 ] || at_once "$@"
	finished 3
	has "$(cat "$err")" '`cardinal cancel` ended it' 'what the command says'
	has "$(cardinal events | tail -4)" 'install, cancel: by uid ' 'the transcript'
	broken_off "$where: \`cardinal cancel\` ended it. $(ways_out "$count")"
}

deck anna bert cora
both_ways cancels 4 'backup-create, card 2 of 3, step insert' 1
both_ways cancels 3 "backup-create, card 1 of 3 ($(serial anna)), step pin" 0 'press 1 2 3 4 5 6 ok'
one_way cancels 7 "backup-create, card 3 of 3 ($(serial cora)), step pin" 2
