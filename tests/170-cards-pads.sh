#!/bin/sh
# Users at pads of their own: each is asked there, when his cards are made and when the slot opens, and the other pads stay blank.
# A pad that is not there before anybody was asked harms nobody; one that is missing later is a failure.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
. tests/people.sh
. tests/mistakes.sh
on_both_builds
in_sandbox --pads 3 --hsm
T=$CARDINAL_RUN

# named N: the status names that pad, where somebody is asked; not the HSM's own, which is 0.
named() {
	status=$(cardinal status)
	json=$(cardinal status --json)
	if [ "$1" = 0 ]; then
		case $status in
		*"
At "*) die "a reader is named: $status" ;;
		esac
		has "$json" '"at":null,'
	else
		has "$status" "^At *Cardinal PIN pad $1"
		has "$json" "\"at\":\"Cardinal PIN pad $1[^\"]*\","
	fi
}

# at N TEXT NAME [PIN]: that pad shows it and is named, the card goes in there, OK, its PIN; the others have nothing new.
at() {
	pad --pad "$1" wait "$2" --timeout 20 >/dev/null || die "pad $1 does not show '$2': $(cardinal status)"
	named "$1"
	for other in 0 1 2; do
		[ $other = "$1" ] || case $(pad --pad $other display) in
		*User*) die "pad $other shows: $(pad --pad $other display)" ;;
		esac
	done
	[ "$(pad --pad "$1" status | sed -n 's/^card *//p')" = "$3" ] || {
		pad --pad "$1" remove 2>/dev/null || :
		pad --pad "$1" insert "$3"
	}
	pad --pad "$1" press ok
	[ -n "${4-123456}" ] || return 0
	pad --pad "$1" wait 'Enter PIN' --timeout 20 >/dev/null || die "pad $1 asks for no PIN"
	named "$1"
	printf '%s\n' "${4-123456}" | pad --pad "$1" pin
}

deck anna bert cora
daemon "reader = $(reader 0)" "restart_command = $restart"
cardinal install --trial 2>/dev/null
(umask 077; printf "slot 7 now 98765432\nslot 7 code $new_code\n" >"$T/now"
printf "slot 7 code $new_code\n" >"$T/codes")

# A reader that there is not is named, and the slot keeps its mode.
background cardinal slot mode 7 cards --copies 1 --pads 'Cardinal PIN pad 9' --codes "$T/now"
finished 1
has "$(cat "$err")" 'there is no reader `Cardinal PIN pad 9` (the slot.s pads=); there is Cardinal PIN pad'
has "$(cardinal slot show 7)" '^Mode *code$'

background cardinal slot mode 7 cards --users 3 --copies 1 --pads 'PIN pad 1:PIN pad 2:' --codes "$T/now"
for user in 1:anna:1 2:bert:2 3:cora:0; do
	n=${user##*:} name=${user#*:}
	at "$n" "User ${user%%:*} card 1 / press OK/Cancel" "${name%:*}"
	at "$n" "Read User ${user%%:*} / press OK" "${name%:*}" ''
done
finished 0
shown=$(cardinal slot show 7)
has "$shown" '^Users *3 users, 1 card each$'
has "$shown" '^User 1 *1 card, at PIN pad 1$'
has "$shown" '^User 2 *1 card, at PIN pad 2$'
has "$shown" "^User 3 *1 card, at the HSM's reader\$"
has "$(cardinal slot show 7 --json)" '"seats":\[{"copies":1,"reader":"PIN pad 1"},{"copies":1,"reader":"PIN pad 2"},{"copies":1,"reader":""}\]'

named 0
cardinal status --watch >"$T/lines" &
watcher=$!
background login 7 "$new_code" --list-objects
at 1 'Slot 7: User 1 / press OK/Cancel' anna
at 2 'Slot 7: User 2 / press OK/Cancel' bert
at 0 'Slot 7: User 3 / press OK/Cancel' cora
finished 0
slot_is 7 open
same '3 3 3' "$(echo $(for n in 0 1 2; do pad --pad $n beeps; done))" 'beeps of each pad'
eventually grep -q '; pad at Cardinal PIN pad 1[^:]*: Slot 7: User 1 / press OK/Cancel$' "$T/lines"
eventually grep -q '; pad at Cardinal PIN pad 2[^:]*: Enter PIN$' "$T/lines"
eventually grep -q '; pad: Slot 7: User 3 / press OK/Cancel$' "$T/lines"
kill -INT $watcher
fails 0 wait $watcher
cardinal slot deactivate 7 2>/dev/null

# The first one is not there: nobody was asked.
pad --pad 1 unplug
background login 7 "$new_code" --list-objects
finished 1
has "$(cat "$err")" CKR_DEVICE_ERROR
slot_is 7 closed
pad --pad 1 plug

# The second is not there when its turn comes, and is named.
pad --pad 2 unplug
background cardinal slot activate 7 --codes "$T/codes"
at 1 'Slot 7: User 1 / press OK/Cancel' anna
finished 1
has "$(cat "$err")" 'activate, slot 7 user 2, step reader: the reader was unplugged: PIN pad 2'
slot_is 7 held
restarts 1
pad --pad 2 plug
for n in 0 1 2; do
	case $(pad --pad $n display) in
	*User*|*OK*) die "pad $n is not blank: $(pad --pad $n display)" ;;
	esac
done
background cardinal slot activate 7 --codes "$T/codes"
at 1 'Slot 7: User 1 / press OK/Cancel' anna
at 2 'Slot 7: User 2 / press OK/Cancel' bert
at 0 'Slot 7: User 3 / press OK/Cancel' cora
finished 0
slot_is 7 open
kill "$daemon"
wait "$daemon"
