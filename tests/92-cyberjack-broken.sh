#!/bin/sh
# A cyberJack whose frames are short, wrong, doubled or nonsense, and whose endpoints stall: what
# was asked is answered all the same, and was done once; when that goes on, it fails, and works
# again after it.
cd "$(dirname "$0")/.." && . tests/lib.sh && . tests/usb/lib.sh
in_usb 1

pcsc=build/tests/tools/part10
select=00A4040C0AF043415244494E414C01
out=$SANDBOX_LOGS/out
cardinal-pad card new anna
plug_in 0
eventually has_cyberjacks 1
reader=$(cyberjack)
in_jack 0 insert anna
eventually cyberjack_sees Yes

# meanwhile WORDS...: a client sends a wrong PIN, looks at its tries, sends the right one. It waits
# for a key before, so that the reader is told in between what to do wrong.
meanwhile() {
	$pcsc reader "$reader" present shared apdu $select feature 08 20165010075002474F80013C01 \
	    apdu 0020008106393939393939 apdu 00CA018100 apdu 0020008106313233343536 >"$out" &
	client=$!
	in_jack 0 wait GO
	jack 0 "$@"
	in_jack 0 press ok
	wait $client
	same 0D9000 "$(sed -n 4p "$out")" "the key before $*"
}

# The key's answer is right, the next one is not.
for how in 'frames lrc 1 1' 'frames length 1 1' 'frames nad 1 1' 'frames sequence 1 1' \
    'frames garbage 1 1' 'frames short 1 1' 'frames head 1 1' 'frames twice 1 1' \
    'frames unknown 1 1' 'frames lrc 2 1' 'refuse 1' 'refuse 2' 'stall 82' 'stall 81'; do
	meanwhile $how
	same '63C2 810203019000 9000' "$(tail -3 "$out" | paste -sd' ')" "commands with: $how"
done
# What could not be written was not done.
meanwhile stall 02
same '810303019000 9000' "$(tail -2 "$out" | paste -sd' ')" \
    'commands after one that could not be written'
[ "$(jack 0 count repeats)" -gt 0 ] || die 'nothing was asked for again'

# More often than it is asked for again: it fails, soon, and the reader is not lost.
for how in 'frames lrc 5 1' 'refuse 5' 'frames garbage 5 1'; do
	meanwhile $how
	has "$(sed -n 5p "$out")" '^error' "a command with: $how"
	jack 0 frames none
	jack 0 refuse 0
	eventually cyberjack_sees Yes
	same 9000 "$($pcsc reader "$reader" present shared apdu $select | tail -1)" \
	    "the card after: $how"
done
nothing_queued() {
	[ "$(jack 0 queued)" = 0 ]
}
# What the host did not ask for: blocks without sense, and with.
for block in 2EE500CB 2EF500DB 2EC300ED 2EC400EA 2EE600C8 21000021 21800021 2EC000EE FF 2EE0 \
    2EE000CE 0000000000000000; do
	jack 0 say $block
	# Before the next command: behind it, some of these would be an answer.
	eventually nothing_queued
	has "$($pcsc reader "$reader" present shared apdu 0084000008 | tail -1)" '^.\{16\}9000$' \
	    "the card after $block"
done
