#!/bin/bash
# Codes are asked at the terminal: unseen, new ones twice, in an installation before it begins. What was typed before the
# question is no code, and Ctrl-C changes nothing.
. "$(dirname "$0")/daemon.sh"

t()
{
	tmux -S "$T/tmux" "$@"
}

shows()
{
	t capture-pane -p -t 0 | grep -q -e "$1"
}

# typed WORDS LINE: when the terminal asks so, this is typed; the screen is empty for the next.
typed()
{
	until_true 20 shows "$1" || fail "it does not ask $1: $(t capture-pane -p -t 0)"
	t send-keys -R
	[ -z "$2" ] || t send-keys -l "$2"
	t send-keys Enter
}

# asked WORDS CODE: the same, and then the code is not on the screen.
asked()
{
	typed "$1" "$2"
	[ -z "$2" ] || code=$2
}

# run STATUS COMMAND...: begins it; done_with tells how it ended.
run()
{
	rm -f "$T/ended"
	code=
	t send-keys -R
	t send-keys -l "$*; echo \$? >$T/ended"
	t send-keys Enter
}

done_with()
{
	until_true 20 test -s "$T/ended" || fail "it does not end: $(t capture-pane -p -t 0)"
	[ -z "${code-}" ] || ! shows "$code" || fail "the code is seen: $(t capture-pane -p -t 0)"
	[ "$(cat "$T/ended")" = "$1" ] || fail "exit status $(cat "$T/ended"): $(t capture-pane -p -t 0)"
}

command -v tmux >/dev/null || { echo 'skipped: no tmux'; exit 0; }
trap 't kill-server 2>/dev/null; cleanup' EXIT
start || fail "it does not serve"
t -f /dev/null new-session -d -x 100 -y 40 "exec env PS1='> ' sh"

# No reader is there, so it ends when all is asked.
cardinal-pad --help >/dev/null
CARDINAL_CARDS=$T/cards cardinal-pad card new one >/dev/null && cardinal issuer add "$T/cards/issuer.pem" >/dev/null ||
    fail "no issuer"
run cardinal install --quorum 2of3 --slot 3:code
asked '^Code of slot 3:$' 'short'
asked '^Code of slot 3:$' 'correct horse'
asked '^Again:$' 'correct house'
asked '^Code of slot 3:$' 'correct horse'
asked '^Again:$' 'correct horse'
asked '^SO PIN of slot 3 (Enter: the HSM makes one):$' ''
done_with 1
shows 'correct' && fail "the code is seen"
shows '^slots: 3 is opened by a code' || fail "it did not begin: $(t capture-pane -p -t 0)"
cardinal status | grep -q '^State *factory' || fail "it changed something"

cardinal install --trial 2>/dev/null || fail "no trial"
run cardinal slot activate 3
asked '^Code of slot 3:$' '98765432'
done_with 0
run cardinal slot mode 3 auto
asked '^Code of slot 3:$' 'wrong horse'
done_with 1
run cardinal slot mode 3 auto
asked '^Code of slot 3:$' '98765432'
done_with 0
run cardinal slot mode 3 code
asked '^New code of slot 3:$' 'correct horse'
asked '^Again:$' 'correct horse'
done_with 0
cardinal slot deactivate 3 2>/dev/null
run cardinal slot activate 3
until_true 20 shows '^Code of slot 3:' || fail "it does not ask"
t send-keys -l 'correct'
t send-keys C-c
# Interrupted, the shell runs no more of its line.
until_true 20 shows '^>' || fail "Ctrl-C does not end it"
cardinal slot show 3 | grep -q '^State *closed' || fail "Ctrl-C opens it"
cardinal slot show 3 | grep -q 'tries left' && fail "Ctrl-C costs a try"
run stty -a '>' "$T/stty"
done_with 0
grep -q ' echo ' "$T/stty" || fail "the terminal stays blind"
run cardinal slot wipe 3
typed '^Type `wipe 3` to go on:' 'wipe 4'
done_with 1
cardinal slot show 3 | grep -q '^Code *set' || fail "it wiped"
run cardinal slot wipe 3
typed '^Type `wipe 3` to go on:' 'wipe 3'
done_with 0
cardinal slot show 3 | grep -q '^Code *none' || fail "it did not wipe"
stop
[ "$status" = 0 ] || fail "exit status $status"
