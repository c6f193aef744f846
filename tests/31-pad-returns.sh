#!/bin/sh
# A pad stopped and started again under a running pcscd: the reader comes back by itself, and what
# ran when the pad went has ended.
cd "$(dirname "$0")/.." && . tests/lib.sh
in_sandbox

pcsc=build/tests/tools/part10
new_card anna
# An INPUT of 60 s, and the pad's end in the middle of it.
$pcsc present direct feature 08 201650100750024F4B80013C01 >"$SANDBOX_LOGS/input" &
waits=$!
pad wait OK
kill -KILL "$SANDBOX_PAD0"
wait $waits
has "$(tail -1 "$SANDBOX_LOGS/input")" 'Reader is unavailable' 'INPUT when the pad goes'
eventually pcscd_sees No
same absent "$($pcsc absent | sed s/ok/absent/)" 'the card of a pad that is gone'
has "$($pcsc direct feature 08 201740000450024142 | tail -1)" 'Reader is unavailable' 'a display without a pad'

cardinal-pad --headless --pad 0 --cards "$CARDINAL_CARDS" 2>/dev/null &
eventually pad status
insert anna
has "$($pcsc present shared apdu 0084000008 | tail -1)" '^................9000$' 'the card of a new pad'

# The plug, which leaves the pad's program running.
pad unplug
eventually pcscd_sees No
pad plug
eventually pcscd_sees Yes
has "$($pcsc present shared apdu 0084000008 | tail -1)" '^................9000$' 'the card after plugging in'
