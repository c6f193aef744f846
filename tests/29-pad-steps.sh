#!/bin/sh
# A PIN entry in steps looks on the screen, in the log and in a record as one at once does, and
# whoever goes meanwhile leaves a dark pad; a line of digits has no lock sign.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/screen.sh
talk() {
	"$PWD/build/tests/tools/padtalk" "$CARDINAL_RUN/pad0.sock" "$@"
}
# What comes of these steps behind HELLO, POWER and SELECT, answers on one line.
steps() {
	talk hello up apdu 00A4040C0AF043415244494E414C01 "$@" | sed '1,2d' | tr '\n' ' ' |
	    sed 's/ $//'
}
enter='echo 123456 | cardinal-pad ctl pin'

cardinal-pad card new anna
t -f /dev/null new-session -d -x 80 -y 24 \
    "TERM=screen-256color cardinal-pad --record $dir/record; echo status \$?; exec cat"
eventually shows ' CODE '
pad insert anna

# The screen has the prompt, the lock sign, and stars.
(steps start verify sh "touch $dir/begun; until [ -e $dir/seen ] || [ ! -d $dir ]; do sleep 0.01; done" \
    pressed finish >"$dir/said") &
eventually test -e "$dir/begun"
eventually shows 'LOCK'
shows 'Enter PIN' || die "no prompt: $(screen)"
has "$(pad status)" '^secure   yes$' 'the status'
pad press 1 2 3 4 5 6
eventually shows '\*\*\*\*\*\*'
pad press ok
eventually shows 'PIN VERIFY 9000'
eventually hides 'LOCK'
touch "$dir/seen"
wait $!
same '0 9000 0 0 2B 0 9000' "$(cat "$dir/said")" 'what the driver was told'
shows 'PIN entry begins' || die "the log: $(screen)"
same "wait 'Enter PIN'
pin" "$(sed 1d "$dir/record")" 'the record'

# A line of digits.
same '0 9000 0 313233' "$(steps send line 2 8 'Which card?' sh "cardinal-pad ctl press 1 2 3 && \
	cardinal-pad ctl display >$dir/line && cardinal-pad ctl status | grep -q '^secure   no' && \
	cardinal-pad ctl press ok" receive)" 'a line'
same 'Which card?
123' "$(cat "$dir/line")" 'the line on the display'
same '0 9000 0 1B' "$(steps send line 3 8 'Which card?' sh 'cardinal-pad ctl press 4 cancel' \
    receive)" 'a line, cancelled'

# What ends an entry in steps.
same '0 9000 0 0 9000 7' "$(steps start verify sh "$enter" finish finish)" 'a FINISH behind the end'
same '0 9000 0 0 9000' "$(steps start verify send finish sh "$enter" receive)" 'a FINISH that waits'
same '0 9000 0 6 6 6 0 0 6480' "$(steps start verify output text apdu 00840000 start verify \
    abort finish)" 'while it runs'
same '0 9000 0 0 6401' "$(steps start verify sh 'cardinal-pad ctl press 1 cancel' finish)" Cancel
same '0 9000 0 0 64A1' "$(steps start verify sh 'cardinal-pad ctl remove' finish)" 'a pulled card'
pad insert anna
# A driver that goes while a PIN is half entered.
steps start verify sh 'cardinal-pad ctl press 1 2 3' >/dev/null
eventually state '^secure   no$'
same '' "$(pad display | tr -d '\n')" 'the display without a driver'
same '0 9000 7' "$(steps finish)" 'a FINISH for what another one has begun'
# Who types goes on for a moment: those digits are nobody's.
same '0 9000 0' "$(steps send line 3 8 'Enter PIN' sh 'cardinal-pad ctl press 4 5 6 ok' receive)" \
    'the rest of a PIN'
t send-keys q
eventually shows 'status 0'
