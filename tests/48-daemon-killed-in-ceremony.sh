#!/bin/sh
# The daemon is killed at each prompt of an installation, ended, or one half of it killed: at the next start the HSM is
# inconsistent and says so, and resuming makes it operational, with the same set where a quorum was written.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
in_sandbox

start() {
	cardinald --foreground 2>>"$CARDINAL_RUN/log" &
	daemon=$!
	eventually cardinal status
}

# die_by all|vault|ward|term
die_by() {
	case $1 in
	term)
		# At once and in order also where the pad has a PIN entry, which nothing ends.
		since=$(date +%s)
		kill -TERM $daemon
		status=0
		wait $daemon || status=$?
		same 0 $status 'exit status after SIGTERM'
		[ $(($(date +%s) - since)) -le 6 ] || die "SIGTERM took $(($(date +%s) - since)) s"
		[ ! -e "$CARDINAL_RUN/admin.sock" ] || die 'the socket is left'
		;;
	all) kill -KILL $(pgrep -P $daemon) $daemon ;;
	*) kill -KILL $(pgrep -P $daemon -f -- "--role $1") ;;
	esac
	wait $daemon || :
	wait $job || :
}

# The pad goes through with a PIN entry whose asker is gone, unless somebody presses Cancel; until pcscd has
# noticed the reader is in use.
resume() {
	if has_lock; then
		pad press cancel
	fi
	tries=0
	while :; do
		background cardinal resume
		eventually resumes
		grep -q 'in use by another program' "$err" || return 0
		wait "$job" || :
		tries=$((tries + 1))
		[ $tries -lt 100 ] || die 'the reader does not become free'
		sleep 0.1
	done
}

has_lock() {
	pad status | grep -q 'secure *yes'
}

resumes() {
	grep -q 'press OK/Cancel' "$err" || grep -q 'in use' "$err"
}

# go COUNT: answers that many prompts of an installation and waits for the next one.
go() {
	n=0
	for p in Write_New_Key Insert_1._card:1 Enter_PIN Insert_2._card:2 Enter_PIN Insert_3._card:3 Enter_PIN \
	    Read_New_Key Insert_1._card:3 Enter_PIN Insert_2._card:1 Enter_PIN; do
		shows "$(echo "${p%:*}" | tr _ ' ')"
		[ $n -lt "$1" ] || return 0
		n=$((n + 1))
		case $p in
		Enter*) echo 123456 | pad pin ;;
		Insert*) card "$at-${p#*:}" && ok ;;
		*) ok ;;
		esac
	done
}

# Where it stood at that prompt, how many cards were written, and what resuming does then.
stood() {
	begins='`cardinal resume` begins a new set'
	goes_on='`cardinal resume` goes on with them'
	case $1 in
	0) w='step begin' c='0 of 3 cards are' ;;
	1) w='card 1, step insert' c='0 of 3 cards are' ;;
	2) w="card 1 ($(serial 2-1)), step pin" c='0 of 3 cards are' ;;
	3) w='card 2, step insert' c='1 of 3 cards is' ;;
	4) w="card 2 ($(serial 4-2)), step pin" c='1 of 3 cards is' ;;
	5) w='card 3, step insert' c='2 of 3 cards are' ;;
	6) w="card 3 ($(serial 6-3)), step pin" c='2 of 3 cards are' ;;
	7) w='step begin' c='3 of 3 cards are' ;;
	8) w='card 1, step insert' c='3 of 3 cards are' ;;
	9) w="card 1 ($(serial 9-3)), step pin" c='3 of 3 cards are' ;;
	10) w='card 2, step insert' c='3 of 3 cards are' ;;
	11) w="card 2 ($(serial 11-1)), step pin" c='3 of 3 cards are' ;;
	esac
	phase=create
	[ "$1" -lt 7 ] || phase=read
	next=$begins
	[ "$1" -lt 5 ] || next=$goes_on
	printf '%s' "backup-$phase, $w. $c written: $next, \`cardinal factory-reset\` starts over"
}

# The holders of card 1, 2, 3 of the new set, or of those that a resumed one still needs.
write_from() {
	i=$1
	while [ $i -le 3 ]; do
		hand_over $i $at-$i
		i=$((i + 1))
	done
}

start
cardinal issuer add "$(cardinal-pad card issuer)" >/dev/null
at=0
for how in all term ward vault term all ward term vault all term ward; do
	echo "== prompt $at, $how"
	cardinal factory-reset --yes 2>/dev/null
	# Cards of the last round would ask whether they may be overwritten.
	for x in 1 2 3; do
		cardinal-pad card new $at-$x >/dev/null
	done
	background cardinal install --quorum 2of3
	go $at
	set=$(word id)
	die_by $how
	start
	same inconsistent "$(word state)" "state, $how killed at prompt $at"
	same "cardinald was stopped in $(stood $at)" "$(message)" "message, $how killed at prompt $at"
	resume
	case $at in
	[0-4])
		# Fewer than two cards: a new set.
		asks 'Write New Key / press OK/Cancel'
		ok
		write_from 1
		read_some $at-1 $at-2
		;;
	5 | 6)
		# Two cards: they give the key, the third is written.
		read_some $at-1 $at-2
		shows 'Write New Key / press OK/Cancel'
		ok
		write_from 3
		read_some $at-3 $at-1
		;;
	*)
		read_some $at-2 $at-3
		;;
	esac
	finished 0
	same operational "$(word state)" "state, $how killed at prompt $at"
	if [ $at -gt 4 ]; then
		same "$set" "$(word id)" "the set, $how killed at prompt $at"
	fi
	at=$((at + 1))
done
has "$(cardinal events --verify)" 'is whole'

# The key that was made opens with the device key that it was sealed by, and with no other.
! cardinal status | grep '^Key' || die 'a key that opens is told to be lost'
kill $daemon
wait $daemon
mv "$CARDINAL_STATE/device.key" "$CARDINAL_STATE/device.key.away"
start
has "$(cardinal status)" '^Key .*does not open' 'the status without device.key'
grep -q 'error: the backup key does not open' "$CARDINAL_RUN/log" || die 'the log says nothing of the key'
kill $daemon
wait $daemon
