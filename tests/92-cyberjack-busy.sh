#!/bin/sh
# A cyberJack that asks for more time without end when it is plugged in is opened all the same, soon,
# since pcscd plugs no other in meanwhile; when it works it is there.
cd "$(dirname "$0")/.." && . tests/lib.sh && . tests/usb/lib.sh
in_usb 1

cardinal-pad card new anna
plug_in 0
eventually has_cyberjacks 1
in_jack 0 insert anna
jack 0 unplug
eventually has_cyberjacks 0
jack 0 endless
jack 0 plug
# 5 s for the first command, and none for others.
eventually has_cyberjacks 1
cyberjack_sees No
jack 0 run
eventually cyberjack_sees Yes
