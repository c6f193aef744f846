#!/bin/sh
# The screen: keys, mouse, deck, plug, from 80 to 40 columns, and a clean terminal at the end.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/screen.sh

cardinal-pad card new anna
cardinal-pad card new bert
t -f /dev/null new-session -d -x 80 -y 24 "TERM=screen-256color cardinal-pad --record $dir/record; \
	echo status \$?; exec cat"
eventually shows ' CODE '
for text in 'REINER SCT' 'cyberJack e-com' '\[ 1 \] \[ 2 \] \[ 3 \]' '\[   OK   \] Enter' \
    'Slot  empty' '> anna' '  bert' 'Log' 'q:quit'; do
	shows "$text" || die "the screen has no '$text': $(screen)"
done

# Keys.
t send-keys Down i
eventually state 'card     bert'
eventually shows 'Slot  \[= bert =\]'
eventually shows 'card inserted'
t send-keys i
eventually shows 'Take the card out first'
t send-keys r
eventually shows 'Slot  empty'
t send-keys u
eventually shows 'unplugged'
eventually state 'plugged  no'
t send-keys u
eventually state 'plugged  yes'
t send-keys 7 Enter BSpace Escape
eventually grep -q 'press cancel' "$dir/record"
same '7 ok clear cancel ' "$(sed -n 's/^press //p' "$dir/record" | tr '\n' ' ')" 'the keys'

# Mouse: row and column of a text, from 1; on a line of ASCII alone.
click() {
	screen | awk -v what="$1" '(x = index($0, what)) > 0 { print NR, x + 2; exit }' >"$dir/at"
	read -r y x <"$dir/at"
	t send-keys -l "$(printf '\033[M \\%03o\\%03o' $((x + 32)) $((y + 32)) | xargs -0 printf '%b')"
	t send-keys -l "$(printf '\033[M#\\%03o\\%03o' $((x + 32)) $((y + 32)) | xargs -0 printf '%b')"
}
click '[ 5 ]'
eventually grep -q 'press 5' "$dir/record"
click '> bert'
eventually state 'card     bert'

# A card that is made now is in the deck at once.
cardinal-pad card new carl
eventually shows '  carl'

# Half of a screen, and less.
t resize-window -x 40 -y 24
eventually shows '^ Slot  \[= bert =\]'
for text in 'cyberJack e-com' ' CODE ' '\[ 0 \]        \[   OK   \] Enter' '> bert' 'carl' 'q:quit'; do
	shows "$text" || die "at 40x24 the screen has no '$text': $(screen)"
done
t resize-window -x 10 -y 3
eventually shows 'Cardinal'
t resize-window -x 80 -y 24
eventually shows 'Slot  \[= bert =\]'
state 'card     bert' || die 'a resized pad lost its card'

t send-keys q
eventually shows 'status 0'
same '' "$(ls "$CARDINAL_RUN")" 'the run directory'
