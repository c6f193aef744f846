# Sourced after lib.sh, inside the sandbox, by the scripts that run stock tools on the card.
#
#   works TEXT DIGITS ... -- COMMAND...
#                      runs COMMAND; for each TEXT that the pad shows, in this order, somebody
#                      enters those digits. It has to succeed; what it said is in $said.
#   refused TEXT DIGITS ... -- COMMAND...
#                      the same, and it has to fail
#   as_often_as_asked DIGITS COMMAND...
#                      it has to succeed; the PIN is entered each time that it is asked for

p11=opensc-pkcs11.so
said=

# Its status is that of the command.
keyed() {
	: >"$SANDBOX_LOGS/keys"
	while [ "$1" != -- ]; do
		printf '%s|%s\n' "$1" "$2" >>"$SANDBOX_LOGS/keys"
		shift 2
	done
	shift
	"$@" >"$SANDBOX_LOGS/said" 2>&1 </dev/null &
	tool=$!
	while IFS='|' read -r text digits; do
		pad wait "$text" || die "$* does not come to '$text': $(cat "$SANDBOX_LOGS/said")"
		printf '%s\n' "$digits" | pad pin
	done <"$SANDBOX_LOGS/keys"
	ended=0
	wait $tool || ended=$?
	said=$(cat "$SANDBOX_LOGS/said")
	return $ended
}

as_often_as_asked() {
	digits=$1
	shift
	"$@" >"$SANDBOX_LOGS/said" 2>&1 </dev/null &
	tool=$!
	while kill -0 $tool 2>/dev/null; do
		pad wait 'Enter PIN' --timeout 1 2>/dev/null || continue
		printf '%s\n' "$digits" | pad pin
	done
	ended=0
	wait $tool || ended=$?
	said=$(cat "$SANDBOX_LOGS/said")
	[ $ended -eq 0 ] || die "exit $ended: $*: $said"
}

works() {
	keyed "$@" || die "exit $ended: $*: $said"
}

refused() {
	if keyed "$@"; then
		die "succeeds: $*: $said"
	fi
}
