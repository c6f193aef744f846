#!/bin/sh
# Pads that hang: whatever their clients wait for ends by itself, the others go on meanwhile, and
# each is back as soon as it runs again.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/pads.sh
in_sandbox --pads 6

hung='1 2 3 4 5'
for n in 0 $hung; do
	new_card "card$n" "$n"
done
# A PIN entry of 1 s to the first digit and 1 s from digit to digit, six of them at most.
client 4 present shared apdu $select feature 06 0101820000060602010904000000000400000000200081
pad --pad 4 wait 'Enter PIN'
clients="4:$asked"
for n in $hung; do
	eval "kill -STOP \"\$SANDBOX_PAD$n\""
done
client 1 shared unpower
clients="$clients 1:$asked"
client 2 direct feature 08 201650100750024F4B80010101
clients="$clients 2:$asked"
client 3 direct feature 08 201740000450024142
clients="$clients 3:$asked"

beside() {
	works 0
	same ok "$(at 0 connects 20)" '20 connects beside dead pads'
	pad remove
	same ok "$(at 0 absent)" 'a card that goes'
	pad insert card0
	works 0
}
beside
asks_pin 0
pad press 1 2 3 4 5 6 ok
answered 0 "$asked" 9000 'a PIN entry beside dead pads'
same ok "$(at 5 present)" 'a look at a dead pad'
for c in $clients; do
	case $c in
	# Disconnecting tells no reason: what is gone has no power.
	1:*) answered 1 "${c#*:}" ok ;;
	*) answered "${c%:*}" "${c#*:}" 'Reader is unavailable' ;;
	esac
done
beside
for n in $hung; do
	eval "kill -CONT \"\$SANDBOX_PAD$n\""
done
for n in $hung; do
	works "$n"
done
