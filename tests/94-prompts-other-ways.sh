#!/bin/sh
# Prompts at the command line, the other ways: Cancel by a line, the end of the input, another terminal that answers by
# `cardinal ok` or over HTTP, Ctrl-C, a terminal with type-ahead, an unplugged reader.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh

in_sandbox --hsm --without text

for name in a b c; do
	cardinal-pad card new $name >/dev/null
done

asks() {
	cardinal status --json | grep -o '"asks":[0-9]*' | cut -d : -f 2
}

# until_asks TEXT
until_asks() {
	eventually sh -c "cardinal status | grep -q '^Asks *\[[0-9]*\] $1'"
}

# answer PROMPT KEY: the HTTP status.
answer() {
	curl -s -o "$CARDINAL_RUN/answer" -w '%{http_code}' --unix-socket "$CARDINAL_RUN/admin.sock" \
	    -d "{\"prompt\": $1, \"key\": \"$2\"}" http://x/v1/answer
}

# c and Enter is Cancel.
echo c | fails 3 cardinal install --quorum 2of3 2>"$CARDINAL_RUN/err"
has "$(cat "$CARDINAL_RUN/err")" 'Cancel was pressed'
same inconsistent "$(word state)" state
cardinal factory-reset --yes 2>/dev/null

# At the end of the input it says so once, and another terminal answers.
background cardinal install --quorum 2of3
until_asks 'Write New Key'
eventually grep -q 'No answers come from this input' "$err"
first=$(asks)
fails 1 cardinal ok $((first + 1)) 2>"$CARDINAL_RUN/ok"
has "$(cat "$CARDINAL_RUN/ok")" "prompt $((first + 1)) does not wait"
has "$(cardinal ok 2>&1)" "OK to \[$first\] Write New Key"
until_asks 'Insert 1. card'
same 409 "$(answer "$first" ok)" 'a late answer'
same 409 "$(answer "$first" cancel)" 'a late Cancel'
same 400 "$(answer 0 ok)" 'no prompt'
same 400 "$(answer "$(asks)" clear)" 'another key'
lines=$CARDINAL_RUN/lines
cardinal status --watch >"$lines" &
watcher=$!
eventually grep -qx 'installing; install; Write card 1 of 3; asks \[[0-9]*\]: Insert 1. card / press OK/Cancel' "$lines"
pad insert a
eventually grep -q '; said: Enter PIN' "$lines"
# While the reader asks, nothing does.
fails 1 cardinal ok 2>/dev/null
pin
until_asks 'Insert 2. card'
same 200 "$(answer "$(asks)" cancel)" 'Cancel over HTTP'
finished 3
has "$(cardinal events)" 'install, cancel: by uid ' 'who cancelled'
kill $watcher
fails 1 cardinal ok 2>"$CARDINAL_RUN/ok"
has "$(cat "$CARDINAL_RUN/ok")" 'no ceremony is running'

cardinal factory-reset --yes 2>/dev/null

# A terminal: what was typed before the prompt stood there answers nothing, Ctrl-C leaves the ceremony running.
tmux -S "$CARDINAL_RUN/tmux" -f /dev/null new-session -d -x 120 -y 40 \
    "PATH=$PATH sh -c 'trap : INT; cardinal install --quorum 2of3; echo status \$?; read x'"
trap 'tmux -S "$CARDINAL_RUN/tmux" kill-server 2>/dev/null' EXIT
screen() {
	tmux -S "$CARDINAL_RUN/tmux" capture-pane -p
}
on_screen() {
	screen | grep -q "$1"
}
keys() {
	tmux -S "$CARDINAL_RUN/tmux" send-keys "$@"
}
eventually on_screen '>> \[[0-9]*\] Write New Key / press OK/Cancel  (Enter: OK, c: Cancel)'
keys Enter
eventually on_screen '>> \[[0-9]*\] Insert 1. card'
pad remove 2>/dev/null || :
pad insert b
eventually on_screen '>> Enter PIN at the reader now'
# The card in the slot is known; Enter, Enter while the reader asks would ask for card 2 with card 1 in it.
keys Enter
keys Enter
pin
eventually on_screen '>> \[[0-9]*\] Insert 2. card'
keys C-c
eventually on_screen 'the ceremony goes on'
eventually on_screen 'status 1'
screen | grep -q 'Same card again' && die 'type-ahead answered'
until_asks 'Insert 2. card'
cardinal cancel 2>/dev/null
eventually sh -c 'cardinal status --json | grep -q "\"ceremony\":null"'
same inconsistent "$(word state)" state
has "$(message)" 'cardinal cancel. ended it'
cardinal factory-reset --yes 2>/dev/null

# The plug is pulled at a prompt; with no pad there nothing begins.
background cardinal install --quorum 2of3
until_asks 'Write New Key'
pad unplug
finished 1
has "$(cat "$err")" 'the reader was unplugged'
cardinal factory-reset --yes 2>/dev/null
fails 1 cardinal install --quorum 2of3 2>"$CARDINAL_RUN/err"
has "$(cat "$CARDINAL_RUN/err")" 'no reader answers (Cardinal PIN pad 0 00 00)'
same factory "$(word state)" state
