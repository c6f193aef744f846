#!/bin/sh
# A card pulled while its share is written, before the card has it and after: that ends the ceremony, since nobody knows what is on it.
# Such a card counts as not written. Both ways lead out.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
. tests/mistakes.sh
in_sandbox --hsm

ends() {
	finished 1
	slot=
	has "$(cat "$err")" 'the card was pulled while it was in use' 'what the command says'
	broken_off "$1: the card was pulled while it was in use. $(ways_out "$2")"
}

# pulled NTH CARD WHERE WRITTEN: the pad is stopped where it has just saved the card's image for the NTH time, and goes on to find
# that the card was pulled. Each card is saved three times: a PIN entry charges a try and gives it back, then the share.
pulled() {
	end_pad
	ASAN_OPTIONS=detect_leaks=0 strace -f --quiet=attach,exit -o "$CARDINAL_RUN/trace" -e trace=/^rename \
	    -e inject=/^rename:signal=SIGSTOP:when=$((3 * ($2 - 1) + $1)) \
	    cardinal-pad --headless 2>>"$SANDBOX_LOGS/pad0.log" &
	tracer=$!
	eventually pad status
	pad=$(pgrep -P $tracer)
	eventually pcscd_sees No
	writes anna bert cora
	until_prompt $((2 * $2 + 1)) 'press 1 2 3 4 5 6 ok'
	begins install --quorum 2of3
	# The OK that ends the PIN entry is answered when the pad goes on.
	go "card $2" &
	fingers=$!
	eventually grep -q 'stopped by SIGSTOP' "$CARDINAL_RUN/trace"
	# pcscd must not be quicker than the hand that pulls the card: none of its threads.
	kill -STOP "$SANDBOX_PCSCD"
	eventually stopped "$SANDBOX_PCSCD"
	kill -CONT "$pad"
	wait $fingers
	pad remove
	kill -CONT "$SANDBOX_PCSCD"
	ends "$3" "$4"
}

stopped() {
	! grep -h '^State:' "/proc/$1/task/"*/status | grep -qv 'T (stopped)'
}

# The PIN is right, the share is on its way.
writing() {
	pulled 2 "$@"
}

# The card has the share, nobody has heard of it.
proving() {
	pulled 3 "$@"
}

# One that runs takes no other beside it.
end_pad() {
	kill -KILL "$pad"
	eventually gone "$pad"
}

deck anna bert cora
pad=$SANDBOX_PAD0
both_ways writing 1 "backup-create, card 1 of 3 ($(serial anna)), step write" 0
both_ways writing 3 "backup-create, card 3 of 3 ($(serial cora)), step write" 2
half=anna
both_ways proving 1 "backup-create, card 1 of 3 ($(serial anna)), step prove" 0
half=cora
both_ways proving 3 "backup-create, card 3 of 3 ($(serial cora)), step prove" 2
end_pad
