#!/bin/sh
# Copies of shares serve in a reading that is resumed, in whose place they stand: with two cards of one share, 2 of 3 is 2 of 2.
# And what is no share of this HSM is named for what it is: damaged, foreign, TEST, of another set, none.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
. tests/people.sh
. tests/mistakes.sh
in_sandbox --hsm

# copies FROM TO
copies() {
	begins share copy
	asked_for 'Source card / press OK/Cancel'
	swap "$1"
	line press ok
	pin_is
	asked_for 'Target card / press OK/Cancel'
	swap "$2"
	line press ok
	pin_is
	go "a copy of $1 to $2"
	finished 0
	has "$(cat "$out")" "was copied from card $(serial "$1") to card $(serial "$2")"
}

# refused_as COMMAND NAME PIN WORDS: COMMAND refuses the card, its PIN not asked for, or asked for.
refused_as() {
	begins share "$1"
	case $1 in
	copy) asked_for 'Source card / press OK/Cancel' ;;
	verify) asked_for 'Insert 1. card / press OK/Cancel' ;;
	esac
	swap "$2"
	line press ok
	[ "$3" = '' ] || pin_is "$3"
	go "share $1 of $2"
	finished 1
	has "$(cat "$err")" "$4" "share $1 of $2"
	same operational "$(word state)" 'the state'
}

# A TEST set, another LIVE one.
deck anna bert cora dora empty tina tom xaver yves zoe
cards='tina tom empty'
daemon 'mode = test'
installs TEST
test_set=$(word id | cut -c 1-8)
cardinal factory-reset --yes 2>/dev/null
daemon ''
cards='xaver yves zoe'
installs 'another set'
other_set=$(word id | cut -c 1-8)
cardinal factory-reset --yes 2>/dev/null
pad remove
slot=
rm "$CARDINAL_CARDS/empty.card"
cardinal-pad card new empty >/dev/null

# Three are written, when it breaks off: bert's share goes to dora and to cora, who loses hers.
cards='anna bert cora'
begins install --quorum 2of3
writes anna bert cora
asked_for 'Read New Key / press OK/Cancel'
line press cancel
go installation
finished 3
why=$(message)
copies bert dora
copies bert cora
told "$why"
begins resume
asked_for 'Read New Key / press OK/Cancel'
line press ok
gives 1 dora
asks 2 bert
outcome 'Same card again'
asks 2 cora
outcome 'Same card again'
gives 2 anna
go resuming
finished 0
same operational "$(word state)" 'the state'
for name in cora dora; do
	begins share verify
	gives 1 $name
	go "share verify of $name"
	finished 0
	has "$(cat "$out")" "share 2 of 3 on card $(serial $name) is right"
done

# Before the PIN, where the card itself tells.
refused_as verify tina '' 'TEST and LIVE shares do not mix'
has "$(cat "$err")" "of set $test_set, TEST, of the HSM"
refused_as copy tom '' 'TEST and LIVE shares do not mix'
refused_as verify xaver '' 'a share of another set'
has "$(cat "$err")" "share 1 of 3 of set $other_set, LIVE, of the HSM"
refused_as copy xaver '' 'a share of another set'
refused_as verify empty '' 'no share is on the card'

# A share that somebody changed: what it says is as before, what it is not.
pad remove
slot=
perl -MDigest::SHA=sha256 -pi -e 'BEGIN { undef $/ } s/(MBKS.{123})(.)/$1 . chr(ord($2) ^ 1)/se or die;
    $_ = substr($_, 0, -32); $_ .= sha256($_)' "$CARDINAL_CARDS/dora.card" || die 'this tests nothing'
refused_as verify dora 123456 'a damaged share'
refused_as copy dora 123456 'a damaged share'

# A card of another factory is refused like any card that is not ours, and another may come.
cardinal-pad card new foreign --cards "$CARDINAL_RUN/elsewhere" >/dev/null
cp "$CARDINAL_RUN/elsewhere/foreign.card" "$CARDINAL_CARDS"
for at in 'share copy:Source card' 'share pin:Share PIN' 'user pin:User PIN' 'user verify:Insert 1. card' \
    'user info:Insert 1. card'; do
	begins ${at%:*}
	asked_for "${at#*:} / press OK/Cancel"
	swap foreign
	line press ok
	outcome 'Foreign card'
	asked_for "${at#*:} / press OK/Cancel"
	line press cancel
	go "$at"
	finished 3
done
has "$(cardinal events --verify)" 'is whole'
kill "$daemon"
wait "$daemon"
