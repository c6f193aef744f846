#!/bin/sh
# A wrong PIN, one that is too short, Clear in the middle of one: each shows its outcome, which goes at OK, and the PIN is asked
# again; digits that are pressed early go nowhere. The installation then succeeds.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
. tests/mistakes.sh
# Nobody waits for an outcome to go by itself.
configured 'outcome_time = 600'

tries_left() {
	cardinal-pad card show "$1" | grep -c "^share .*tries left: $2"
}

deck anna bert cora
begins install --quorum 2of3
asked_for 'Write New Key / press OK/Cancel'
line press 1 clear 2 ok
asks 1 anna
pin_is 654321
outcome 'Wrong PIN 2 left'
pin_is 1234567890123456
outcome 'Wrong PIN 1 left'
asked_for 'Enter PIN'
go 'two wrong PINs'
# Nothing goes back to three before a right one.
same 1 "$(tries_left anna 1)" 'cards with one try'
line press 1 2 3 4 5 ok
outcome 'PIN too short'
asked_for 'Enter PIN'
line press ok
outcome 'PIN too short'
go 'short PINs'
same 1 "$(tries_left anna 1)" 'a short PIN costs no try: cards with one'
asked_for 'Enter PIN'
line press 9 9 9 clear 1 2 3 4 5 clear 1 2 3 4 5 6 ok
asked_for 'Insert 2. card / press OK/Cancel'
go 'Clear'
same 1 "$(tries_left anna 3)" 'after the right PIN, cards with three tries'

# Digits at a prompt, then while it works; the PIN entry begins without them.
line press 1 2 3 4 5 6
line remove
line insert bert
line press 7 ok
asked_for 'Enter PIN'
go 'early digits'
same 'Enter PIN' "$(pad display)" 'the display'
line press 6 5 4 3 2 1 ok
outcome 'Wrong PIN 2 left'
go 'the second card'
at_once 'wait "Enter PIN"' 'press 1 2 3 4 5 6 ok' 'wait "Please wait"' 'press 9 9 9 9 9 9 ok' \
    'wait "Insert 3. card / press OK/Cancel"'
slot=bert
line remove
line insert cora
line press ok
pin_is
asked_for 'Read New Key / press OK/Cancel'
line press ok
slot=cora
asks 1 anna
pin_is 000000
outcome 'Wrong PIN 2 left'
pin_is
gives 2 bert
go 'reading'
finished 0
same operational "$(word state)" 'the state'
for text in 'Wrong PIN 2 left' 'Wrong PIN 1 left' 'PIN too short'; do
	has "$(cardinal events)" "pin: .*: $text" 'the transcript'
done
