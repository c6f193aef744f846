#!/bin/sh
# A reader lists what works: without text, without one way of PIN entry, without both.
cd "$(dirname "$0")/.." && . tests/lib.sh
if [ "${INSIDE-}" != "$0" ]; then
	for list in direct start text direct,start direct,start,text; do
		status=0
		INSIDE=$0 WITHOUT=$list sandbox --without $list -- "$0" || status=$?
		[ $status -eq 0 ] || exit $status
	done
	exit 0
fi
. tests/part10.sh
# ct WANT COMMAND
ct() {
	same "$1" "$($part10 direct mct "$2" | tail -1)" "without $WITHOUT: $2"
}
verify=$(verify_by 820000 1006 02 00200081)
perform=20180100085206010600200081

case $WITHOUT in
direct) features='01 02 03 04 05 08 09 0A 0B 12' ;;
start) features='06 07 08 09 0A 12' ;;
text) features='01 02 03 04 05 06 07 08 09 0A 0B 12' ;;
*) features='08 09 12' ;;
esac
same "$features" "$($part10 direct features | tail -1)" "features without $WITHOUT"
case $features in
*0A*) same 10020201 "$($part10 direct properties | tail -1)" 'the properties' ;;
*) same none "$($part10 direct properties | tail -1)" 'the properties' ;;
esac

cardinal-pad card new anna
case $WITHOUT in
*text)
	# No text of the host's is shown; a wait for a card has none, and does wait.
	ct 8101019000 2013008100
	ct 6985 201740000350014F
	ct 6985 201650100350014F
	ct 6985 201650020350014F
	ct 9000 20110000
	# Nothing tells that the wait has begun: once more, when the card was there before it.
	tries=0
	until
		$part10 direct mct 201201010130 >"$said" &
		client=$!
		pad insert anna
		wait $client
		[ "$(tail -1 "$said")" != 6201 ] || [ $tries -eq 20 ]
	do
		tries=$((tries + 1))
		pad remove
		eventually pcscd_sees No
	done
	same 9001 "$(tail -1 "$said")" 'REQUEST without a text'
	$part10 direct mct 201501000130 >"$said" &
	client=$!
	pad remove
	ends 9001 'EJECT without a text'
	;;
*)
	ct 81030140509000 2013008100
	ct 9000 201740000350014F
	;;
esac
pad insert anna
eventually pcscd_sees Yes

# PINs are entered by what there is, with the pad's own words, and are not by what there is not.
case $features in
*06*)
	client mct "$perform"
	pad wait 'Enter PIN'
	keys 123456o
	ends 9000 PERFORM
	client verify "$verify"
	pad wait 'Enter PIN'
	keys 123456o
	ends 9000 VERIFY
	;;
*)
	client verify "$verify" mct "$perform"
	wait $client
	same 'none 6985' "$(tail -2 "$said" | tr '\n' ' ' | sed 's/ $//')" 'a PIN entry at once'
	;;
esac
case $features in
01*)
	client verify-start "$verify" verify-finish
	pad wait 'Enter PIN'
	keys 123456o
	ends 9000 'VERIFY in steps'
	;;
*)
	client verify-start "$verify" verify-finish key abort
	wait $client
	same 'none none none none' "$(tail -4 "$said" | tr '\n' ' ' | sed 's/ $//')" 'steps'
	;;
esac
