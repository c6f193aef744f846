#!/bin/sh
# While Java's SunPKCS11 waits in C_Login for people, a thread of the same program goes on signing on another slot; Cancel at the
# pad is its exception, and ends that thread's session as well.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
. tests/people.sh
. tests/mistakes.sh
in_sandbox --hsm
T=$CARDINAL_RUN

# Bytes in the file: signatures that were made.
signed() {
	wc -c <"$T/signed"
}

# More of them than at the moment, and a good many.
goes_on() {
	eventually sh -c "[ \$(wc -c <'$T/signed') -gt $(($(signed) + 20)) ]"
}

begins_java() {
	: >"$T/signed"
	background java -XX:TieredStopAtLevel=1 -Xshare:auto tests/tools/SignBeside.java "$T/one" "$T/seven" "$T/signed"
}

for slot in one:1 seven:7; do
	printf 'name = %s\nlibrary = %s\nslot = %s\n' "${slot%:*}" "$module" "${slot#*:}" >"$T/${slot%:*}"
done
(umask 077; echo 98765432 >"$T/one.pin"; echo "$new_code" >"$T/seven.pin")
slot=
deck anna bert
gets 1 anna bert
trial 7
slot_is 7 closed

begins_java
shows 'Slot 7: User 1 / press OK/Cancel'
goes_on
card bert
ok
shows 'Enter PIN'
goes_on
printf '123456\n' | pad pin
finished 0
same 'logged in signed on' "$(echo $(cat "$out"))" 'what Java did'
slot_is 7 open

# Cancel: all sessions end, also the one of the thread that signs.
cardinal slot deactivate 7
begins_java
shows 'Slot 7: User 1 / press OK/Cancel'
goes_on
pad press cancel
finished 1
has "$(cat "$err")" 'CKR_FUNCTION_CANCELED'
slot_is 7 held
slot_is 1 closed
