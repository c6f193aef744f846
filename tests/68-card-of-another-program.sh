#!/bin/sh
# While another program holds the card, a text is shown as soon as it lets go, or is refused; an
# attempt to connect leaves one waiting thread at most, and its card alone when it comes too late.
cd "$(dirname "$0")/.." && . tests/lib.sh
hold=$PWD/build/tests/tools/pcsc_hold
cards=$PWD/build/tests/tools/cards
in_sandbox

# The answers of a program, a line each, the last of which is the one asked for.
answered() {
	eventually_in "${3:-10}" sh -c "[ \"\$(wc -l <'$1')\" -ge $2 ]"
	sed -n "$2p" "$1"
}

# eventually_in SECONDS COMMAND...
eventually_in() {
	left=$(($1 * 20))
	shift
	until "$@"; do
		left=$((left - 1))
		[ $left -gt 0 ] || die "never came true: $*"
		sleep 0.05
	done
}

new_card anna
cd "$CARDINAL_RUN"
mkfifo hold seam
"$cards" <seam >seam.out &
seam=$!
exec 8>seam
"$hold" "$(reader)" <hold >hold.out &
exec 9>hold

# Nobody opens a reader that is held, so the other program lets go of it meanwhile.
same held "$(answered hold.out 1)" 'the other program'
echo >&9
same ended "$(answered hold.out 2)" 'the other program'
echo open >&8
same ok "$(answered seam.out 1)" open
echo >&9
same held "$(answered hold.out 3)" 'the other program'

echo 'show later' >&8
fails 4 pad wait later --timeout 1 2>/dev/null
echo >&9
pad wait later
same ok "$(answered seam.out 2)" 'what was shown'
same ended "$(answered hold.out 4)" 'the other program'
echo >&9
same held "$(answered hold.out 5)" 'the other program'

echo 'show never' >&8
busy=$(answered seam.out 3 30)
[ "$busy" != ok ] || die 'a text that was not shown is told as shown'
fails 4 pad wait never --timeout 0 2>/dev/null

# The process itself, and one that waits.
echo connect >&8
same "$busy" "$(answered seam.out 4 30)" connect
echo connect >&8
same "$busy" "$(answered seam.out 5 30)" connect
same 2 "$(ls "/proc/$seam/task" | wc -l)" 'threads'

# The transaction ends, the late attempt has it for a moment, and the card knows of nothing.
echo >&9
same ended "$(answered hold.out 6)" 'the other program'
eventually_in 10 sh -c "[ \"\$(ls '/proc/$seam/task' | wc -l)\" = 1 ]"
echo >&9
same held "$(answered hold.out 7)" 'the session of the other program'
exec 8>&- 9>&-
wait
