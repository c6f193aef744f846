#!/bin/sh
# A ward that is killed cannot blank the pad. The daemon ends as one, who waits is told, and nothing is held; who presses OK at
# the text that stands there answers nothing, and the next opening asks as always and leaves the pad blank.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
. tests/people.sh
. tests/mistakes.sh
on_both_builds
in_sandbox --hsm
T=$CARDINAL_RUN

deck anna
daemon ''
gets 1 anna
trial 7 --copies 1

background login 7 "$new_code" --list-objects
shows 'Slot 7: User 1 / press OK/Cancel'
kill -KILL "$(pgrep -P "$daemon" -f -- '--role ward')"
finished 1
has "$(cat "$err")" CKR_DEVICE_ERROR
status=0
wait "$daemon" || status=$?
same 1 "$status" 'the exit status of a daemon whose ward was killed'
pad press ok
cardinald --foreground --config "$T/conf" 2>>"$T/log" &
daemon=$!
eventually cardinal status
eventually test -S "$T/pkcs11.sock"
slot_is 7 closed
before=$(cardinal events | wc -l)
background login 7 "$new_code" --list-objects
shows 'Slot 7: User 1 / press OK/Cancel'
card anna
ok
pin
finished 0
slot_is 7 open
cardinal events | tail -n +$((before + 1)) | grep 'No card' && die 'the OK of before answers the new prompt'
same '' "$(pad display)" 'the display'
kill -TERM "$daemon"
wait "$daemon"
