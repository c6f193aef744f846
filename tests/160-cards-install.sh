#!/bin/sh
# An installation 2 of 3 with a slot that one user opens, who has two cards: every prompt and every beep in its order. Then
# the slot opens for C_Login with the code and either of the cards, for nothing else, and stays open.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
. tests/people.sh
on_both_builds
[ -n "${INSIDE-}" ] || { T=$(mktemp -d); export T; trap 'rm -rf "$T"' EXIT; in_sandbox --hsm; }

deck anna bert cora dora
(umask 077
printf 'slot 7 code seventh code\n' >"$T/codes")
before=$(cardinal events | wc -l)

# The second card of the user is anna's, which has a share as well.
install_2of3 --slot 7:cards,users=1,copies=2 --codes "$T/codes"
has "$(cat "$err")" '^slots: 7 by its code and the cards of 1 user, the others by the HSM itself'
makes 7 1 dora anna
finished 0
same operational "$(word state)" state
{ prompts_2of3; cat <<'X'; } | prompts_were "$before"
User 1 card 1 / press OK/Cancel
Enter PIN
User 1 card 2 / press OK/Cancel
Enter PIN
Read User 1 / press OK
X
beeps_were 4
has "$(cardinal slot show 7)" '^Users *1 user, 2 cards$'
has "$(cardinal slot list)" '^7 *cards *closed .*1 user, 2 cards'
slot_is 7 closed
has "$(cardinal status)" '^Slots *open 0, 1, 2, 3, 4, 5, 6, 8, 9; closed 7$'

# A wrong code asks nobody for a card.
before=$(cardinal events | wc -l)
login 7 'other code' --list-objects >"$T/wrong" 2>&1 && die 'a wrong code opens it'
has "$(cat "$T/wrong")" CKR_PIN_INCORRECT
same '' "$(asked "$before")" 'what the pad asked after a wrong code'
slot_is 7 closed

# The right one waits for the user; either card serves, the other slots go on meanwhile.
background login 7 'seventh code' --keypairgen --key-type EC:prime256v1 --label k --usage-sign
shows 'Slot 7: User 1 / press OK/Cancel'
slot_is 7 asking
cardinal slot code 3 --show >"$T/three"
login 3 "$(cat "$T/three")" --list-objects
proves_it() {
	card "$1"
	ok
	pin
}
proves_it dora
finished 0
slot_is 7 open
beeps_were 1

# Further logins need the code alone, and sign.
before=$(cardinal events | wc -l)
has "$(login 7 'seventh code' --list-objects)" 'label: *k$'
echo 'what is signed' >"$T/text"
login 7 'seventh code' --sign --label k --mechanism ECDSA-SHA256 --signature-format openssl -i "$T/text" -o "$T/signature"
login 7 'seventh code' --read-object --type pubkey --label k -o "$T/key"
openssl dgst -sha256 -verify "$T/key" -keyform DER -signature "$T/signature" "$T/text" >/dev/null || die 'it is no signature'
same '' "$(asked "$before")" 'what the pad asked for an open slot'

# Closed, it asks again; what the operator types asks as well, and his command follows it to its end.
cardinal slot deactivate 7
slot_is 7 closed
background cardinal slot activate 7 --codes "$T/codes"
proves 7 1 anna
finished 0
has "$(cat "$err")" '^slot 7 is open$'
slot_is 7 open
has "$(login 7 'seventh code' --list-objects)" 'label: *k$'

# Each card can be proven alone, and says which it is.
background cardinal user verify
hand_over 1 anna
finished 0
has "$(cat "$out")" '^User: *user 1 of 1 of slot 7, card 2 of 2, LIVE$'
has "$(cat "$out")" '^Here: *user 1 of slot 7$'
background cardinal share info
shows 'Insert 1. card / press OK/Cancel'
card anna
ok
finished 0
has "$(cat "$out")" 'share 1, 2 of 3, LIVE'
has "$(cardinal events --verify)" 'is whole'
