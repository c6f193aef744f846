#!/bin/sh
# Cancel at each prompt of an installation 2 of 3, PIN entries too: exit status 3, a message of its own, an HSM that
# refuses all else, and two ways out that both lead to an HSM that works.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
. tests/mistakes.sh
in_sandbox --hsm

deck anna bert cora

# cancels PROMPT WHERE WRITTEN: an installation up to its PROMPTth prompt, and Cancel there.
cancels() {
	begins install --quorum 2of3
	writes anna bert cora
	reads cora anna
	until_prompt "$1" 'press cancel'
	go "$*"
	finished 3
	has "$(cat "$err")" 'Cancel was pressed' 'what the command says'
	broken_off "$2: Cancel was pressed. $(ways_out "$3")"
}

a=$(serial anna) b=$(serial bert) c=$(serial cora)
prompt=0
while read -r count where; do
	prompt=$((prompt + 1))
	both_ways cancels $prompt "$where" "$count"
done <<X
0 backup-create, step begin
0 backup-create, card 1 of 3, step insert
0 backup-create, card 1 of 3 ($a), step pin
1 backup-create, card 2 of 3, step insert
1 backup-create, card 2 of 3 ($b), step pin
2 backup-create, card 3 of 3, step insert
2 backup-create, card 3 of 3 ($c), step pin
3 backup-read, step begin
3 backup-read, card 1 of 2, step insert
3 backup-read, card 1 of 2 ($c), step pin
3 backup-read, card 2 of 2, step insert
3 backup-read, card 2 of 2 ($a), step pin
X
same 12 $prompt prompts
