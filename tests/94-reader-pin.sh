#!/bin/sh
# One PIN entry by `cardinal reader probe --pin`: it says which card and PIN, and how many tries are left, before; each
# outcome has its name and its exit status; the last try is not spent by surprise.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
in_sandbox

out=$CARDINAL_RUN/out
err=$CARDINAL_RUN/err

# entry [OPTION...]: it runs until the pad asks.
entry() {
	background cardinal reader probe --pin "$@"
	shows 'Enter PIN'
}

# ended STATUS TEXT
ended() {
	finished "$1"
	has "$(cat "$err")" "$2"
}

cardinal-pad card new a >/dev/null
fails 1 cardinal reader probe --pin >/dev/null 2>"$err"
has "$(cat "$err")" 'no PIN entry: there is no card'

insert a
number=$(serial a)
entry
printf '123456\n' | pad pin
ended 0 '^PIN entry: 9000: the PIN is right'
has "$(cat "$err")" "^Enter the backup share's PIN of card $number at the reader"
has "$(cat "$err")" '3 of 3 tries are left'
same '' "$(pad display | tr -d '\n ')" 'the display afterwards'

entry
pad press 1 2 3 cancel
ended 3 '6401: Cancel was pressed'
entry
pad press 1 2 3 ok
ended 1 '6403: the PIN is too short'
entry
pad remove
ended 1 'pulled'
insert a
entry
printf '999999\n' | pad pin
ended 1 '63C2: the PIN is wrong, 2 tries left'
entry --json
printf '999999\n' | pad pin
ended 1 '63C1: the PIN is wrong, 1 try left'
has "$(cat "$out")" '"pin":{"application":"share","card":"'"$number"'","tries_before":2,"tries_max":3,"sw":"63C1"'
# The other PIN is another matter.

background cardinal reader probe --pin=user
shows 'Enter PIN'
printf '123456\n' | pad pin
ended 0 'the PIN is right'
has "$(cat "$err")" "slot user's PIN"

fails 1 cardinal reader probe --pin >/dev/null 2>"$err"
has "$(cat "$err")" 'has one try left, .* --force tries it'
entry --force
printf '999999\n' | pad pin
ended 1 'it was the last try'
fails 1 cardinal reader probe --pin --force >/dev/null 2>"$err"
has "$(cat "$err")" "PIN of card $number is blocked"

# Nobody presses a key: 30 s, as in a ceremony.
cardinal-pad card new b >/dev/null
pad remove
insert b
entry
fails 0 sh -c 'tail --pid=$1 -f /dev/null' sh $job
ended 4 '6400: nobody pressed a key in time'
# No digit is anywhere.
grep -rq 999999 "$out" "$err" && die 'a PIN was printed'
:
