#!/bin/sh
# The PINs of share and slot user are changed at the pad, each by itself: the old one wrong, the new ones that differ,
# one that is too short, blocked, Cancel, no key. The HSM's state stays as it is, whatever it is.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
. tests/people.sh
. tests/mistakes.sh
configured 'outcome_time = 600'
said=$CARDINAL_RUN/out

# old DIGITS, new DIGITS [AGAIN]: what the holder enters. The card judges the old one when all three are there.
enters() {
	asked_for "$1"
	line press $(printf '%s' "$2" | sed 's/./& /g') ok
}
old() {
	enters 'Enter old PIN' "$1"
}
new() {
	enters 'Enter new PIN' "$1"
	enters 'Repeat new PIN' "${2-$1}"
}

# changes share|user NAME: begins, and the card goes in.
changes() {
	begins "$1" pin
	case $1 in
	share) asked_for 'Share PIN / press OK/Cancel' ;;
	user) asked_for 'User PIN / press OK/Cancel' ;;
	esac
	swap "$2"
	line press ok
}
done_with() {
	go "$1"
	finished "$2"
	same "$state" "$(word state)" 'the state'
	same '' "$(pad display)" 'the display'
	has "$(cat "$CARDINAL_RUN/out" "$CARDINAL_RUN/err")" "$3"
}

# tries share|user NAME "N of 3 tries left, still the factory's": as the tool tells them.
tries() {
	begins "$1" info
	asked_for 'Insert 1. card / press OK/Cancel'
	swap "$2"
	line press ok
	go "$1 info"
	finished 0
	same "$3" "$(sed -n 's/^.* PIN: *//p' "$said")" "the PIN of the $1 on $2"
}

factory="3 of 3 tries left, still the factory's"
full='3 of 3 tries left'
deck anna bert
state=factory
for app in share user; do
	[ $app = share ] && other=user what='backup share' || { other=share; what='slot user'; }
	tries $app anna "$factory"
	changes $app anna
	old 111111
	new 777777
	outcome 'Wrong PIN 2 left'
	old 123456
	new 777777 777778
	outcome 'PINs differ'
	old 123456
	enters 'Enter new PIN' 77777
	outcome 'PIN too short'
	old 123456
	new 777777
	done_with "$app pin" 0 "the PIN of the $what on card $(serial anna) is another one now"
	tries $app anna "$full"
	[ $app = user ] || tries $other anna "$factory"
	# The old one is none any more. Cancel and waiting change nothing, and cost nothing.
	changes $app anna
	old 123456
	new 777777
	outcome 'Wrong PIN 2 left'
	asked_for 'Enter old PIN'
	line press cancel
	done_with Cancel 3 'Cancel was pressed'
	tries $app anna '2 of 3 tries left'
	changes $app anna
	old 777777
	asked_for 'Enter new PIN'
	line press 1 2 3 cancel
	done_with Cancel 3 'Cancel was pressed'
	changes $app anna
	old 777777
	new 654321
	done_with "$app pin" 0 'is another one now'
	tries $app anna "$full"
done
# A card that comes blocked is told before its PIN is asked for. The other PIN of it works on.
changes user bert
old 111111
new 777777
outcome 'Wrong PIN 2 left'
old 111111
new 777777
outcome 'Wrong PIN 1 left'
old 111111
new 777777
outcome 'Card blocked'
done_with 'the third wrong one' 1 'the card is blocked by wrong PINs'
tries user bert '0 of 3 tries left, still the factory'"'s"
changes user bert
outcome 'Card blocked'
asked_for 'User PIN / press OK/Cancel'
swap anna
line press ok
asked_for 'Enter old PIN'
line press 1 2 3 4
line remove
outcome 'No card'
slot=
asked_for 'User PIN / press OK/Cancel'
line press cancel
done_with 'pulled' 3 'Cancel was pressed'
changes share bert
old 123456
new 246824
done_with 'the share PIN of a card whose user PIN is blocked' 0 'is another one now'
tries share bert "$full"

# In any state that an HSM can have.
begins install --quorum 2of3
asked_for 'Write New Key / press OK/Cancel'
line press cancel
go installation
finished 3
state=inconsistent
changes share bert
old 246824
new 123456
done_with 'when it is inconsistent' 0 'is another one now'
cardinal factory-reset --yes 2>/dev/null
cardinal install --trial 2>/dev/null
state=operational
changes user anna
old 654321
new 123456
done_with 'when it is operational' 0 'is another one now'
# Nobody comes.
daemon 'prompt_timeout = 3' 'pin_first_timeout = 1'
changes share anna
done_with 'nobody at the PIN' 4 'nobody pressed a key in time'
begins user pin
asked_for 'User PIN / press OK/Cancel'
done_with 'nobody at the prompt' 4 'nobody pressed a key in time'
has "$(cardinal events --verify)" 'is whole'
kill "$daemon"
wait "$daemon"
