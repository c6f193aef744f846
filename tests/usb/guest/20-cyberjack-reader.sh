#!/bin/sh
# A cyberJack 0C4B:0100 under our driver, found by its Info.plist: the kernel's own driver for it is
# loaded by udev and has it, and lets go of it; then plug, card, PIN, display.
cd "$(dirname "$0")/../../.." && . tests/usb/guest/lib.sh
. tests/usb/guest/reader.sh
name=cyberJack

# Its directory in /sys.
device() {
	for d in /sys/bus/usb/devices/*; do
		[ "$(cat "$d/idVendor" "$d/idProduct" 2>/dev/null | paste -sd :)" != 0c4b:0100 ] || echo "$d"
	done
}
# The driver that holds its interface: usbserial's cyberjack, usbfs, or nothing.
held_by() {
	basename "$(readlink "$(device):1.0/driver")"
}
is_held_by() {
	[ "$(held_by)" = "$1" ]
}

cardinal-pad card new anna
start_pad
start_reader cyberjack
# udev loads cyberjack.ko by the reader's numbers, as on any Debian system.
eventually is_held_by cyberjack
test -e /dev/ttyUSB0 || die 'no serial line of the kernel driver'
start_pcscd
eventually knows "$name"
same usbfs "$(held_by)" 'the driver of the interface'
eventually test ! -e /dev/ttyUSB0
# By our rule the reader is pcscd's, where that is not root.
node=$(sed -n 's,^DEVNAME=,/dev/,p' "$(device)/uevent")
same '660 pcscd' "$(stat -c '%a %G' "$node")" "the owner of $node"
card_in_and_out
verify_pin
change_pin
long_data

# The host's text, and a key.
reader=$(called "$name")
$pcsc reader "$reader" direct feature 08 2017400008500648656C6C6F21 | tail -1 | grep -q '^9000$' ||
    die 'OUTPUT is refused'
eventually sh -c "cardinal-pad ctl --pad $usb_pad display | grep -q '^Hello!'"
$pcsc reader "$reader" direct feature 08 201650100A5005507265737380010A01 >"$LOGS/answer" &
asked=$!
enter Press 5
answered 359000 INPUT

plug
# A pcscd that ends gives it back.
stop pcscd -INT
eventually is_held_by cyberjack
