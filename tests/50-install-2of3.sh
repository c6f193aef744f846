#!/bin/sh
# An installation 2 of 3 through pcscd: the prompts in their order, two cards read back, the HSM operational; and it
# still is after a restart.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
on_both_builds

if [ -z "${INSIDE-}" ]; then
	T=$(mktemp -d)
	trap 'rm -rf "$T"' EXIT
	mkdir "$T/logs"
	for INSIDE in first second; do
		export INSIDE T
		sandbox --hsm --state "$T/state" --cards "$T/cards" --logs "$T/logs" -- "$0" || {
			cat "$T"/logs/cardinald* >&2
			die "$INSIDE sandbox"
		}
	done
	exit 0
fi

if [ "$INSIDE" = second ]; then
	same operational "$(word state)" state
	same "$(cat "$T/set")" "$(word id)" 'the set after a restart'
	has "$(cardinal events --verify)" 'is whole'
	fails 1 cardinal resume
	fails 1 cardinal install --quorum 2of3
	exit 0
fi

for name in anna bert cora; do
	cardinal-pad card new $name >/dev/null
done
same factory "$(word state)" state
before=$(cardinal events | wc -l)
background cardinal install --quorum 2of3
write_all anna bert
# Asterisks, one a digit; Clear begins anew.
shows 'Insert 3. card / press OK/Cancel'
same installing "$(word state)" state
card cora
ok
shows 'Enter PIN'
pad press 9 9 9
eventually sh -c 'cardinal-pad ctl display | grep -q "\*\*\*"'
has "$(pad status)" 'secure *yes'
pad press clear 1 2 3 4 5 6
eventually sh -c 'cardinal-pad ctl display | grep -q "\*\*\*\*\*\*"'
ok
# The card in the slot may be the first; the order does not matter.
read_some cora anna
finished 0

installed_2of3
word id >"$T/set"
same 1 "$(pad beeps)" beeps
has "$(cardinal events)" "by uid $(id -u)"

# Each card can be proven alone; what it holds is free to see.
for name in anna bert cora; do
	background cardinal share verify
	hand_over 1 $name
	finished 0
	has "$(cat "$out")" 'is right'
done
background cardinal share info
shows 'Insert 1. card / press OK/Cancel'
card bert
ok
finished 0
has "$(cat "$out")" "$(word id) (share 2, 2 of 3, LIVE)"
has "$(cat "$out")" "3 of 3 tries left, still the factory's"
