#!/bin/sh
# A kernel that keeps the transfers of a cyberJack for ever costs that reader alone: pcscd takes it
# out and serves the others on.
cd "$(dirname "$0")/.." && . tests/lib.sh && . tests/usb/lib.sh
in_usb 1

pcsc=build/tests/tools/part10
new_card pad
cardinal-pad card new anna
plug_in 0
eventually has_cyberjacks 1
in_jack 0 insert anna
eventually cyberjack_sees Yes
jack 0 keep
jack 0 unplug
# When it has gone pcscd unloads the driver, where a thread waits for those transfers yet.
eventually has_cyberjacks 0
for i in 1 2 3 4 5; do
	has "$($pcsc reader "$(reader)" shared apdu 0084000008 | tail -1)" '^.\{16\}9000$' \
	    'another reader'
	sleep 0.2
done
kill -0 "$SANDBOX_PCSCD"
