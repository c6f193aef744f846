#!/bin/sh
# Users at readers of their own that show no texts of ours: who says the texts says at which reader each of them stands.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
. tests/people.sh
. tests/mistakes.sh
in_sandbox --pads 2 --hsm --without text
T=$CARDINAL_RUN
lines=$T/lines

cardinal-pad card new anna >/dev/null
daemon "reader = $(reader 0)"
cardinal install --trial 2>/dev/null
(umask 077; printf 'slot 7 now 98765432\nslot 7 code 01234567\n' >"$T/now")
cardinal status --watch >"$lines" &
watcher=$!

background cardinal slot mode 7 cards --users 1 --copies 1 --pads 'PIN pad 1' --codes "$T/now"
eventually grep -q '; asks \[1\] at Cardinal PIN pad 1[^:]*: User 1 card 1 / press OK/Cancel$' "$lines"
has "$(cardinal status)" '^Asks *\[1\] User 1 card 1 / press OK/Cancel$'
has "$(cardinal status)" '^At *Cardinal PIN pad 1'
eventually grep -q '^>> \[1\] User 1 card 1 / press OK/Cancel, at Cardinal PIN pad 1.*  (Enter: OK, c: Cancel)$' "$err"
pad --pad 1 insert anna
eventually grep -q '^>> Enter PIN at Cardinal PIN pad 1.* now$' "$err"
eventually grep -q '; said at Cardinal PIN pad 1[^:]*: Enter PIN$' "$lines"
pad --pad 1 wait 'Enter PIN' --timeout 20 >/dev/null
pad --pad 1 press cancel
finished 3

# Nothing is named when nobody is asked, nor at the HSM's own reader.
has "$(cardinal status --json)" '"at":null,'
background cardinal share info
eventually grep -q "; asks \[[0-9]*\]: Insert 1. card " "$lines"
has "$(cardinal status --json)" '"at":null,'
cardinal cancel 2>/dev/null
finished 3
kill -INT $watcher
fails 0 wait $watcher
kill "$daemon"
wait "$daemon"
