#!/bin/sh
# pcscd is killed at a prompt and in a PIN entry: the ceremony ends and says so, and without pcscd nothing begins. With a new one
# both ways lead out.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
. tests/mistakes.sh

# again COMMAND...: in a sandbox, on the same state and cards.
again() {
	INSIDE="$*" sandbox --hsm --state "$T/state" --cards "$T/cards" -- "$0" || die "in the sandbox: $*"
}

# dies PROMPT WHERE WRITTEN
dies() {
	fresh
	writes $cards
	reads anna bert
	until_prompt "$1" ''
	begins install --quorum 2of3
	go "$2"
	kill -KILL "$SANDBOX_PCSCD"
	finished 1
	why='the smart card service pcscd has ended or does not run'
	broken_off "$2: $why. $(ways_out "$3")"
	fails 1 cardinal resume 2>"$CARDINAL_RUN/refusal"
	has "$(cat "$CARDINAL_RUN/refusal")" "$why" 'resuming without pcscd'
	told "$2: $why. $(ways_out "$3")"
}

dies_at_insert() {
	dies 4 'backup-create, card 2 of 3, step insert' 1
}

dies_at_pin() {
	dies 7 "backup-create, card 3 of 3 ($(serial cora)), step pin" 2
}

cards='anna bert cora'
if [ -n "${INSIDE-}" ]; then
	made=$T/made
	$INSIDE
	exit 0
fi
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
export T
again deck $cards
for case in dies_at_insert dies_at_pin; do
	again $case
	again resumes
	again cardinal factory-reset --yes
	again $case
	again reinstalls
	again cardinal factory-reset --yes
done
