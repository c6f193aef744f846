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

# writing CARD WHERE WRITTEN: in the breath in which the PIN is in and the pad says that it works.
writing() {
	writes anna bert cora
	until_prompt $((2 * $1 + 1)) ''
	begins install --quorum 2of3
	go "card $1"
	at_once 'press 1 2 3 4 5 6 ok' 'wait "Please wait"' remove
	ends "$2" "$3"
}

# proving CARD WHERE WRITTEN: the pad is stopped where the card's image with the share has just been saved, and goes on to find
# that the card was pulled. Each PIN entry has charged a try and given it back before.
proving() {
	end_pad
	ASAN_OPTIONS=detect_leaks=0 strace -f --quiet=attach,exit -o "$CARDINAL_RUN/trace" -e trace=/^rename \
	    -e inject=/^rename:signal=SIGSTOP:when=$((3 * $1)) \
	    cardinal-pad --headless 2>>"$SANDBOX_LOGS/pad0.log" &
	tracer=$!
	eventually pad status
	pad=$(pgrep -P $tracer)
	eventually pcscd_sees No
	writes anna bert cora
	until_prompt $((2 * $1 + 1)) 'press 1 2 3 4 5 6 ok'
	begins install --quorum 2of3
	go "card $1"
	eventually grep -q 'stopped by SIGSTOP' "$CARDINAL_RUN/trace"
	echo remove >"$CARDINAL_RUN/remove"
	build/tests/tools/at_once "$CARDINAL_RUN/pad0.ctl" <"$CARDINAL_RUN/remove" >/dev/null &
	eventually waits $!
	kill -CONT "$pad"
	wait $!
	ends "$2" "$3"
}

# One that runs takes no other beside it.
end_pad() {
	kill -KILL "$pad"
	eventually gone "$pad"
}

waits() {
	[ "$(cut -d ' ' -f 3 "/proc/$1/stat")" = S ]
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
