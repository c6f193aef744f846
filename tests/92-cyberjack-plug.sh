#!/bin/sh
# A cyberJack comes to pcscd when it is plugged in, taken from the kernel's driver, goes when it is
# unplugged, and comes back; a card that is in it then is found. It is reset before it is used.
cd "$(dirname "$0")/.." && . tests/lib.sh && . tests/usb/lib.sh
in_usb 1

has_cyberjacks 0 || die 'a reader that is not plugged in'
plug_in 0
eventually has_cyberjacks 1
same "plugged /dev/bus/usb/001/002
detached /dev/bus/usb/001/002
claimed /dev/bus/usb/001/002
released /dev/bus/usb/001/002
reset /dev/bus/usb/001/002
claimed /dev/bus/usb/001/002" "$(head -6 "$USB/bus.log")" 'what the bus saw'
cardinal-pad card new anna
in_jack 0 insert anna
eventually cyberjack_sees Yes

# The device off the bus, and on it.
jack 0 unplug
eventually has_cyberjacks 0
jack 0 plug
eventually cyberjack_sees Yes
has "$(build/tests/tools/part10 reader "$(cyberjack)" shared apdu 0084000008 | tail -1)" \
    '^................9000$' 'the card after plugging in'
has "$(cat "$USB/bus.log")" '^claimed /dev/bus/usb/001/003$' 'what the bus saw'

# Somebody who waits for readers hears of it: the pad's own plug, then its end.
in_jack 0 unplug
eventually has_cyberjacks 0
in_jack 0 plug
eventually cyberjack_sees Yes
kill "$jack0_pid"
eventually has_cyberjacks 0
eventually pcscd_sees No

# Plugged in and out faster than pcscd looks.
plug_in 0
eventually has_cyberjacks 1
for i in 1 2 3 4 5 6; do
	jack 0 unplug
	jack 0 plug
done
eventually grep -q 'claimed /dev/bus/usb/001/0\(0[6-9]\|1[0-9]\)' "$USB/bus.log"
eventually has_cyberjacks 1
in_jack 0 insert anna
eventually cyberjack_sees Yes
same 9000 "$(build/tests/tools/part10 reader "$(cyberjack)" present shared apdu 0084000008 |
    tail -1 | tail -c 5)" 'the card in the end'
