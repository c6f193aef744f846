#!/bin/sh
# The vault is killed at each write that it makes durable, from the first to the last one of an installation 2 of 3. The daemon
# ends, is started again on the same state, and is what it was before, or inconsistent with a message that names the step, or
# operational; resuming leads out, and so does a factory reset with the next installation.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
. tests/mistakes.sh
in_sandbox
# Where strace is, no leak can be looked for.
ASAN_OPTIONS=detect_leaks=0

# start [COMMAND...]: the daemon, under that command, until it serves; 1 when it ends before.
start() {
	rm -f "$CARDINAL_RUN/ready"
	mkfifo "$CARDINAL_RUN/ready"
	"$@" cardinald --foreground --ready-fd 9 2>>"$CARDINAL_RUN/log" 9>"$CARDINAL_RUN/ready" &
	daemon=$!
	[ "$(timeout 20 head -c 1 "$CARDINAL_RUN/ready" | wc -c)" = 1 ]
}

# interrupted N: the vault dies at its Nth durable write. Sets whole to 1 where it did not.
interrupted() {
	whole=0
	if start strace -f -qq -o /dev/null -e trace=fdatasync \
	    -e inject="fdatasync:signal=SIGKILL:when=$1"; then
		begins install --quorum 2of3
		cardinal-pad run "$notes" >/dev/null 2>&1 &
		fingers=$!
		wait "$job" && whole=1 || :
		# They wait for a prompt that never comes.
		kill $fingers 2>/dev/null || :
		wait $fingers || :
	fi
	# A daemon whose vault has not been killed is told to end; strace does not pass it on.
	[ $whole = 0 ] || kill $(pgrep -P "$daemon") 2>/dev/null || :
	wait "$daemon" || :
}

deck anna bert cora
start
cardinal issuer add "$(cardinal-pad card issuer)" >/dev/null
kill "$daemon"
wait "$daemon"

writes anna bert cora
reads cora anna
mv "$notes" "$CARDINAL_RUN/whole"
: >"$CARDINAL_RUN/messages"
at=0 whole=0 committed=
until [ $whole = 1 ]; do
	at=$((at + 1))
	[ $at -lt 200 ] || die 'it never comes to an end'
	fresh
	cp "$CARDINAL_RUN/whole" "$notes"
	interrupted $at
	rm "$notes"
	slot=$(pad status | sed -n 's/^card *//p;' | grep -v none || :)
	same '' "$(pad display | grep -v 'REINER SCT\|cyberJack e-com' || :)" "the display, write $at"
	start || die "no daemon: $(tail -3 "$CARDINAL_RUN/log")"
	has "$(cardinal events --verify)" 'is whole'
	case $(word state) in
	inconsistent)
		has "$(message)" '^cardinald was stopped \(in\|after\) [a-z-]*, ' "the message, write $at"
		again=
		if cardinal status | grep -q ^Set; then
			has "$(message)" ", step [a-z]*\. $(ways_out "$(written | wc -l)")\$" "the message, write $at"
		else
			has "$(message)" ', step begin\. No card is written: `cardinal resume` ' "the message, write $at"
			fails 1 cardinal resume 2>"$CARDINAL_RUN/refusal"
			has "$(cat "$CARDINAL_RUN/refusal")" 'cardinal resume --quorum 2of3' 'resuming without a set'
			again='--quorum 2of3'
		fi
		message >>"$CARDINAL_RUN/messages"
		refused cardinal install --quorum 2of3
		resumes "write $at" ;;
	operational) [ $whole = 1 ] || committed=$at ;;
	factory) ;;
	*) die "write $at: the state is $(word state)" ;;
	esac
	case $(word state) in
	operational) has "$(cardinal status)" '^Set .*, 2 of 3, LIVE, check value' ;;
	factory) same '' "$(written)" 'cards that are written' ;;
	esac
	cardinal factory-reset --yes 2>/dev/null
	kill "$daemon"
	wait "$daemon"
done
# Each step has been one of those.
for step in make begin insert known pin write prove read combine compare; do
	has "$(cat "$CARDINAL_RUN/messages")" "step $step\." 'the messages'
done
[ -n "$committed" ] || die "it was never killed between commit and answer"
