#!/bin/sh
# An installation 3 of 5 through pcscd, started with --detach: the prompts in their order, any three cards read back.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
on_both_builds
in_sandbox --hsm

for name in a b c d e; do
	cardinal-pad card new $name >/dev/null
done
before=$(cardinal events | wc -l)
cardinal install --quorum 3of5 --detach
write_all a b c d e
has "$(cardinal status)" '^Front *Write card 5 of 5'
fails 1 cardinal install --quorum 3of5
fails 1 cardinal factory-reset --yes
read_some e b d
eventually sh -c 'cardinal status | grep -q "^State *operational"'
has "$(cardinal status)" '^Set .*, 3 of 5, LIVE, check value [0-9a-f]\{10\}'
same 5 "$(cardinal status | grep -c 'written  [1-5]  [0-9]\{20\}')" 'written cards'

{
	echo 'Write New Key / press OK/Cancel'
	for i in 1 2 3 4 5; do
		printf 'Insert %s. card / press OK/Cancel\nEnter PIN\n' $i
	done
	echo 'Read New Key / press OK/Cancel'
	for i in 1 2 3; do
		printf 'Insert %s. card / press OK/Cancel\nEnter PIN\n' $i
	done
} >"$CARDINAL_RUN/want"
asked "$before" | diff "$CARDINAL_RUN/want" - || die 'the prompts are others'
has "$(cardinal events --verify)" 'is whole'
same 1 "$(pad beeps)" beeps

# Back to the beginning: the transcript stays and says so.
cardinal factory-reset --yes
same factory "$(word state)" state
has "$(cardinal events --verify)" 'is whole'
has "$(cardinal events)" 'factory-reset'
