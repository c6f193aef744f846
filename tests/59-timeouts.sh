#!/bin/sh
# Nobody presses a key: at a prompt, at the first digit of a PIN, at the next one. Exit status 4, a message of its own, nothing on
# the display, and both ways lead out.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
. tests/mistakes.sh
configured 'prompt_timeout = 2' 'pin_first_timeout = 2' 'pin_next_timeout = 1'

# times_out PROMPT KEYS WHERE WRITTEN: an installation up to its PROMPTth prompt, these keys, and nothing more.
times_out() {
	writes anna bert cora
	reads cora anna
	until_prompt "$1" "$2"
	begins install --quorum 2of3
	go "$*"
	finished 4
	has "$(cat "$err")" 'nobody pressed a key in time' 'what the command says'
	broken_off "$3: nobody pressed a key in time. $(ways_out "$4")"
}

deck anna bert cora
both_ways times_out 2 '' 'backup-create, card 1 of 3, step insert' 0
both_ways times_out 5 '' "backup-create, card 2 of 3 ($(serial bert)), step pin" 1
both_ways times_out 7 'press 1 2' "backup-create, card 3 of 3 ($(serial cora)), step pin" 2
# The last card may go when the next prompt shows; that is no reason to end.
both_ways times_out 8 remove 'backup-read, step begin' 3
