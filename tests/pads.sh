# Sourced after lib.sh, inside a sandbox, by the scripts about several pads and dead ones.
#
#   at N STEP...       steps of part10 at pad N, the last answer; at most 30 s
#   client N STEP...   the same in the background; $asked is its process
#   answered WANT [WHAT]   it ends, and its last answer matches WANT; 30 s at most
#   works N            pad N answers an APDU; it has a card, or is about to have one
#   asks_pin N         a client asks for the PIN of pad N's card, and the pad shows it
#   in_entry N         it is still asked for
#   dies N             the pad's process is killed
#   comes_back N       a new one is there, with a card, and works
#
# Not opensc-tool: it connects to each reader there is, so also to one that is busy.

pcsc=build/tests/tools/part10
select=00A4040C0AF043415244494E414C01
verify=1E0A820000100602010904000000000400000000200081
challenge=0084000008
long=30

at() {
	who=$1
	shift
	timeout $long $pcsc reader "$(reader "$who")" "$@" >"$SANDBOX_LOGS/at" ||
	    die "a client of pad $who does not end: $*: $(cat "$SANDBOX_LOGS/at")"
	tail -1 "$SANDBOX_LOGS/at"
}

client() {
	who=$1
	shift
	timeout $long $pcsc reader "$(reader "$who")" "$@" >"$SANDBOX_LOGS/client$who" &
	asked=$!
}

# answered N PROCESS WANT [WHAT]
answered() {
	ended=0
	wait "$2" || ended=$?
	same 0 "$ended" "how the client of pad $1 ended"
	has "$(tail -1 "$SANDBOX_LOGS/client$1")" "$3" "${4:-the answer at pad $1}"
}

works() {
	has "$(at "$1" present shared apdu $challenge)" '^................9000$' "an APDU at pad $1"
}

asks_pin() {
	client "$1" present shared apdu $select feature 06 $verify
	pad --pad "$1" wait 'Enter PIN'
}

in_entry() {
	has "$(pad --pad "$1" status --json)" '"secure": *true' "pad $1"
}

# Nobody waits for the process: it may be a child of the sandbox.
dies() {
	eval "victim=\$SANDBOX_PAD$1"
	kill -KILL "$victim"
}

starts() {
	n=$1
	shift
	"$@" cardinal-pad --headless --pad "$n" 2>>"$SANDBOX_LOGS/pad$n.log" &
	eval "SANDBOX_PAD$n=$!"
	eventually pad --pad "$n" status
}

comes_back() {
	starts "$1"
	pad --pad "$1" insert "$2"
	works "$1"
}
