#!/bin/sh
# ATR and commands of every length to a card in a cyberJack, by other people's clients too, however
# the bytes are cut into packets.
cd "$(dirname "$0")/.." && . tests/lib.sh && . tests/usb/lib.sh
in_usb 1

pcsc=build/tests/tools/part10
out=$SANDBOX_LOGS/out
cardinal-pad card new anna --profile tcos
plug_in 0
eventually has_cyberjacks 1
reader=$(cyberjack)
in_jack 0 insert anna
eventually cyberjack_sees Yes

same 3b:bf:b6:00:81:31:fe:5d:00:64:04:28:03:02:31:c0:73:f7:01:d0:00:90:00:67 \
    "$(opensc-tool --reader "$reader" --atr)" 'the ATR'
for bytes in none bytes empty; do
	jack 0 frames $bytes ever
	# Answers whose frames end with a packet, and that do not.
	for n in 01 08 34 35 36 37 38 39 3A 3B 3C 3D 73 74 75 76 77 78 80; do
		set -- "$@" apdu "00840000$n"
	done
	$pcsc reader "$reader" shared "$@" | tail -n +2 >"$out"
	same "$#" "$(($(wc -l <"$out") * 2))" 'how many answers there are'
	[ "$(grep -c '9000$' "$out")" -eq $(($# / 2)) ] || die "$(cat "$out")"
	same 260 "$(tail -1 "$out" | tr -d '\n' | wc -c)" 'the longest answer'
	set --
	# Several blocks: a certificate of 451 bytes, or a few fewer, and a command of 307.
	$pcsc reader "$reader" shared apdu 00A4020C022F03 apdu 00B000000001C3 | tail -2 >"$out"
	same 9000 "$(head -1 "$out")" 'selecting the certificate'
	has "$(tail -1 "$out")" '^308201.\{870,\}\(9000\|6282\)$' 'the certificate'
	has "$($pcsc reader "$reader" shared apdu "00A4040C00012C$(printf '%0600d' 0)" | tail -1)" \
	    '^6[0-9A-F]\{3\}$' 'a command of 307 bytes'
done
jack 0 frames none
pkcs15-tool --reader "$reader" --dump >"$out" 2>&1 || die "$(cat "$out")"
has "$(cat "$out")" 'PIN \[' 'what OpenSC finds on the card'
same ok "$($pcsc reader "$reader" connects 20)" 'connecting twenty times'
