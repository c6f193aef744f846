# Sourced after ceremony.sh by the scripts about slots that open with people present.
#
#   deck NAME...                 makes cards
#   makes S U NAME...            `User U card c` for each card, then `Read User U`: the users of slot S
#   proves S U NAME [PIN]        `Slot S: User U`: the card goes in, OK, the PIN; with $order = Mode or Code `Mode S: ...`
#   install_2of3 OPTION...       anna, bert and cora get the key, which is read from anna and bert
#   token S                      options for pkcs11-tool: our module, that slot
#   login S CODE [OPTION...]     C_Login with the code, from pkcs11-tool; the code stays out of the process list
#   slot_is S STATE              as `slot show` says it
#   front                        the appliance's front display
#   beeps_were N                 since the last time, or the beginning
#
# A first prompt is waited for by `asks` where the same text may stand there already.

module=$BUILD/libcardinal-pkcs11.so
[ ! -f build/libcardinal-pkcs11.so ] || module=$PWD/build/libcardinal-pkcs11.so

front() {
	cardinal status --json | grep -o '"front":"[^"]*' | cut -d '"' -f 4
}

deck() {
	for name in "$@"; do
		cardinal-pad card new "$name" >/dev/null
	done
}

makes() {
	slot_of=$1 user=$2 copy=0
	shift 2
	for name in "$@"; do
		copy=$((copy + 1))
		shows "User $user card $copy / press OK/Cancel"
		same "Slot $slot_of: user $user" "$(front)" 'front display'
		card "$name"
		ok
		pin
	done
	shows "Read User $user / press OK"
	ok
}

order=Slot
proves() {
	shows "$order $1: User $2 / press OK/Cancel"
	same "$order $1: user $2" "$(front)" 'front display'
	card "$3"
	ok
	pin "${4:-123456}"
}

install_2of3() {
	background cardinal install --quorum 2of3 "$@"
	write_all anna bert cora
	read_some anna bert
}

token() {
	printf '%s\n' --module "$module" --slot "$1"
}

login() {
	in_slot=$1
	SECRET_PIN=$2
	export SECRET_PIN
	shift 2
	pkcs11-tool --module "$module" --slot "$in_slot" --login --pin env:SECRET_PIN "$@"
}

slot_is() {
	has "$(cardinal slot show "$1")" "^State  *$2\$" "slot $1"
}

beeps_seen=0
beeps_were() {
	beeps_now=$(pad beeps)
	same "$1" $((beeps_now - beeps_seen)) beeps
	beeps_seen=$beeps_now
}

# Written down first and then done by one process, as mistakes.sh has it (sourced after this):
#
#   gets U NAME...               the cards of user U are written and read
#   comes S U NAME [PIN]         `Slot S: User U`: the card, OK, the PIN; $order as for proves
#   trial S OPTION...            a trial installation, whose slot S gets mode cards with `the new code`; what is
#                                written down is done for it. Options of `slot mode`
#   daemon LINE...               ends cardinald by $signal, and starts it with this configuration: $daemon
#   restarts N                   waits until the restart command, which is $restart, has run so often

new_code='the new code'

gets() {
	user=$1 copy=0
	shift
	for name in "$@"; do
		copy=$((copy + 1))
		asked_for "User $user card $copy / press OK/Cancel"
		swap "$name"
		line press ok
		pin_is
	done
	asked_for "Read User $user / press OK"
	line press ok
}

comes() {
	asked_for "$order $1: User $2 / press OK/Cancel"
	swap "$3"
	line press ok
	pin_is "${4:-123456}"
}

trial() {
	[ "$(word state)" = operational ] || cardinal install --trial 2>/dev/null
	in_slot=$1
	shift
	(umask 077; printf "slot $in_slot now 98765432\nslot $in_slot code $new_code\n" >"$CARDINAL_RUN/now")
	background cardinal slot mode "$in_slot" cards "$@" --codes "$CARDINAL_RUN/now"
	go "the cards of slot $in_slot"
	finished 0
}

restart=${CARDINAL_RUN-}/restart
daemon=${SANDBOX_CARDINALD-}
signal=-TERM

restarts() {
	eventually sh -c "[ \"\$(cat '$CARDINAL_RUN/restarted' 2>/dev/null | wc -l)\" = $1 ]"
}

daemon() {
	crew=$(pgrep -P "$daemon")
	kill $signal "$daemon"
	for process in $daemon $crew; do
		eventually gone "$process"
	done
	printf '#!/bin/sh\necho again >>%s/restarted\n' "$CARDINAL_RUN" >"$restart"
	chmod 755 "$restart"
	printf '%s\n' "$@" >"$CARDINAL_RUN/conf"
	cardinald --foreground --config "$CARDINAL_RUN/conf" 2>>"$CARDINAL_RUN/log" &
	daemon=$!
	eventually cardinal status
	eventually test -S "$CARDINAL_RUN/pkcs11.sock"
}
