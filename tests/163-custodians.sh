#!/bin/sh
# The tools of those who hold cards, with each outcome: a share is copied, and the copy is as good as the first; both PINs of a
# card are changed at the pad, each by itself; whose a card is. None of it changes the HSM.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
. tests/people.sh
on_both_builds
[ -n "${INSIDE-}" ] || { T=$(mktemp -d); export T; trap 'rm -rf "$T"' EXIT; in_sandbox --hsm; }

# The card goes in where the pad shows that, OK.
at() {
	shows "$1 / press OK/Cancel"
	card "$2"
	ok
}

# changes OLD NEW [AGAIN]: what is too short is not asked for again.
changes() {
	for entry in "Enter old PIN:$1" "Enter new PIN:$2" ${3:+"Repeat new PIN:$3"}; do
		shows "${entry%:*}"
		printf '%s\n' "${entry#*:}" | pad pin
	done
}

# In any state: before there is a key, a card says what is on it.
deck anna bert cora dora emil fred gina hugo
background cardinal user info
at 'Insert 1. card' dora
finished 0
has "$(cat "$out")" '^User: *none, the card holds no slot credential$'
background cardinal share copy
at 'Source card' dora
shows 'Wrong card'
shows 'Source card / press OK/Cancel'
pad press cancel
finished 3
same factory "$(word state)" state

(umask 077
printf 'slot 7 code seventh code\n' >"$T/codes")
install_2of3 --slot 7:cards --codes "$T/codes"
makes 7 1 dora anna
finished 0

# The same card is no target; another one gets the share, and keeps its own PIN.
background cardinal share copy
at 'Source card' bert
pin
at 'Target card' bert
shows 'Same card again'
at 'Target card' emil
pin
finished 0
has "$(cat "$out")" "^Source card: *$(serial bert)$"
has "$(cat "$out")" "^Target card: *$(serial emil)$"
has "$(cat "$out")" '(share 2, 2 of 3, LIVE)'
background cardinal share verify
hand_over 1 emil
finished 0
has "$(cat "$out")" 'share 2 of 3.* is right'

# The share's PIN: too short, two that differ, a wrong old one; then it is another one, and the user's is not.
background cardinal share pin
at 'Share PIN' anna
changes 123456 12345
shows 'PIN too short'
changes 123456 654321 654322
shows 'PINs differ'
changes 999999 654321 654321
shows 'Wrong PIN 2 left'
changes 123456 654321 654321
finished 0
has "$(cat "$out")" '^Share PIN: *3 of 3 tries left$'
background cardinal share verify
hand_over 1 anna
shows 'Wrong PIN 2 left'
pin 654321
finished 0
background cardinal user verify
hand_over 1 anna
finished 0
has "$(cat "$out")" '^User PIN: *3 of 3 tries left, still the factory'
has "$(cat "$out")" '^User: *user 1 of 1 of slot 7, card 2 of 2, LIVE$'
has "$(cat "$out")" '^Here: *user 1 of slot 7$'

# The user's PIN, and the slot opens with it.
background cardinal user pin
at 'User PIN' anna
changes 123456 111111 111111
finished 0
has "$(cat "$out")" '^Here: *user 1 of slot 7$'
background cardinal slot activate 7 --codes "$T/codes"
proves 7 1 anna 111111
finished 0
background cardinal share verify
hand_over 1 anna
shows 'Wrong PIN 2 left'
pin 654321
finished 0

# Cancelled after a wrong one; blocked by the third, which leaves the other PIN alone.
background cardinal user pin
at 'User PIN' dora
changes 999999 111111 111111
shows 'Wrong PIN 2 left'
shows 'Enter old PIN'
pad press cancel
finished 3
has "$(cat "$out")" '^User PIN: *2 of 3 tries left'
background cardinal user pin
at 'User PIN' dora
changes 999999 111111 111111
shows 'Wrong PIN 1 left'
changes 999999 111111 111111
shows 'Card blocked'
finished 1
has "$(cat "$out")" '^User PIN: *0 of 3 tries left'
background cardinal share info --json
at 'Insert 1. card' dora
finished 0
has "$(cat "$out")" '"tries":3,"tries_max":3'

# A share of another live set is not overwritten without a second OK that names it: not by a copy either.
first=$(word id)
cardinal factory-reset --yes
background cardinal install --quorum 2of3
write_all fred gina hugo
read_some fred gina
finished 0
background cardinal share copy
at 'Source card' fred
pin
at 'Target card' bert
shows "Overwrite / $(printf %.8s "$first")?  OK"
pad press cancel
finished 3
background cardinal share info
at 'Insert 1. card' bert
finished 0
has "$(cat "$out")" "^Set: *$first (share 2, 2 of 3, LIVE)"
background cardinal share copy
at 'Source card' fred
pin
at 'Target card' bert
shows "Overwrite / $(printf %.8s "$first")?  OK"
ok
pin
finished 0
has "$(cat "$out")" "^Set: *$(word id) (share 1, 2 of 3, LIVE)"
# And a card that was a user's of the HSM before is nobody's.
background cardinal user verify
at 'Insert 1. card' anna
pin 111111
finished 1
has "$(cat "$err")" 'the card says user 1 of slot 7, card 2 of 2, LIVE, of the HSM'
has "$(cat "$out")" '^Here: *nobody: it opens no slot of this HSM$'
