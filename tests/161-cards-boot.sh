#!/bin/sh
# Slot 0 by its cards alone (--boot-cards): after a start nothing opens before them, in the time that the configuration gives;
# too late, `slot activate 0` begins another, and a daemon that is started again does not.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
. tests/people.sh
on_both_builds

if [ -z "${INSIDE-}" ]; then
	T=$(mktemp -d)
	trap 'rm -rf "$T"' EXIT
	mkdir "$T/logs"
	for INSIDE in install boot late held; do
		export INSIDE T
		# The hour is short where it is to run out.
		seconds=3600
		[ "$INSIDE" != late ] || seconds=2
		printf 'boot_timeout = %d\n' $seconds >"$T/conf"
		sandbox --hsm --hsm-config "$T/conf" --state "$T/state" --cards "$T/cards" --logs "$T/logs" -- "$0" || {
			cat "$T"/logs/cardinald* >&2
			die "$INSIDE sandbox"
		}
	done
	exit 0
fi

all_wait='^Slots *closed 1, 2, 3, 4, 5, 6, 7, 8, 9; asking 0$'
opened='^Slots *open 0, 1, 2, 3, 4, 5, 6, 8, 9; closed 7$'

case $INSIDE in
install)
	deck anna bert cora dora emil
	(umask 077
	printf 'slot 7 code seventh code\n' >"$T/codes")
	install_2of3 --boot-cards --slot 7:cards --codes "$T/codes"
	has "$(cat "$err")" '^slots: 0 by the cards of 1 user, 7 by its code and the cards of 1 user, '
	makes 0 1 dora anna
	makes 7 1 emil cora
	# The installation opens it itself, since the audit key is made in it.
	proves 0 1 anna
	finished 0
	has "$(cardinal status)" "$opened"
	has "$(cardinal slot show 0)" '^Code *made by the HSM and stored: the cards alone open it$'
	cardinal slot code 3 --show >"$T/three"
	;;
boot)
	shows 'Slot 0: User 1 / press OK/Cancel'
	has "$(cardinal status)" "$all_wait"
	has "$(cardinal status)" '^Boot *slot 0 has to be opened by its cards before any other$'
	# Nothing else opens, by no code and no order; and nobody is asked for it.
	login 3 "$(cat "$T/three")" --list-objects >"$T/no" 2>&1 && die 'slot 3 opens before slot 0'
	login 7 'seventh code' --list-objects >"$T/no" 2>&1 && die 'slot 7 opens before slot 0'
	fails 1 cardinal slot activate 3
	fails 1 cardinal slot activate 7 --codes "$T/codes"
	has "$(cardinal status)" "$all_wait"
	card dora
	ok
	pin
	eventually sh -c "cardinal status | grep -q '$opened'"
	login 3 "$(cat "$T/three")" --list-objects
	;;
late)
	shows 'Slot 0: User 1 / press OK/Cancel'
	eventually sh -c 'cardinal status | grep -q "^Slots .*held 0"'
	has "$(cardinal status)" '^Boot '
	has "$(cardinal status)" '^Held *slot 0 waits for `cardinal slot activate 0`'
	has "$(cardinal events)" 'slot 0 user 1, insert: .*: nobody pressed a key in time'
	login 3 "$(cat "$T/three")" --list-objects >"$T/no" 2>&1 && die 'slot 3 opens before slot 0'
	background cardinal slot activate 0
	proves 0 1 anna
	finished 0
	has "$(cardinal status)" "$opened"
	cardinal slot deactivate 0 2>/dev/null
	background cardinal slot activate 0
	shows 'Slot 0: User 1 / press OK/Cancel'
	finished 4
	slot_is 0 held
	;;
held)
	slot_is 0 held
	has "$(cardinal status)" '^Boot '
	has "$(cardinal status)" '^Held *slot 0 waits for `cardinal slot activate 0`'
	grep -q 'slot 0 waits for `cardinal slot activate 0`: an opening has failed' "$T"/logs/cardinald*
	login 3 "$(cat "$T/three")" --list-objects >"$T/no" 2>&1 && die 'slot 3 opens before slot 0'
	fails 4 cardinal-pad ctl wait 'Slot 0' --timeout 1
	background cardinal slot activate 0
	proves 0 1 dora
	finished 0
	has "$(cardinal status)" "$opened"
	;;
esac
