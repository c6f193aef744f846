#!/bin/sh
# The plug: pcscd loses the card and has it again by itself, in slot all the time.
cd "$(dirname "$0")/.." && . tests/lib.sh
in_sandbox

has_card() {
	opensc-tool --list-readers | grep -q "^0 *$1 "
}

new_card anna
eventually has_card Yes
pad unplug
[ ! -e "$CARDINAL_RUN/pad0.sock" ] || die 'the socket is there without a plug'
has "$(pad status)" 'card     anna' 'the slot'
has "$(pad status)" 'powered  no' 'the card'
eventually has_card No
pad plug
pad wait 'REINER SCT / cyberJack e-com'
eventually has_card Yes
opensc-tool --atr >/dev/null
pad remove
eventually has_card No
