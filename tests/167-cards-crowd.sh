#!/bin/sh
# Several programs at once: those of one slot share one opening, those of two slots queue; a wrong code meanwhile is answered at
# once; who is killed in the middle stops nothing, and what he had asked for is carried out.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
. tests/people.sh
. tests/mistakes.sh
in_sandbox --hsm
P11_MODULE=$module
export P11_MODULE
T=$CARDINAL_RUN

# logs_in NAME SLOT: a program that logs in and has a key made there; its process is $pid.
logs_in() {
	rm -f "$T/$1.asks"
	build/tests/tools/p11 C_Initialize os C_OpenSession "$2" rw s touch "$T/$1.asks" \
	    C_Login s user "text:$new_code" \
	    C_GenerateKey s AES_KEY_GEN value_len=32,token=no k >"$T/$1" 2>&1 &
	pid=$!
	eventually test -e "$T/$1.asks"
}

worked() {
	wait "$2" || die "$1: $(cat "$T/$1")"
}

slot=
deck anna bert cora
gets 1 anna
trial 7 --copies 1
gets 1 bert
gets 2 cora
trial 3 --users 2 --copies 1

# Two of one slot, and one of another, which waits for its turn.
before=$(cardinal events | wc -l)
logs_in one 7
one=$pid
shows 'Slot 7: User 1 / press OK/Cancel'
logs_in two 7
two=$pid
logs_in three 3
three=$pid
eventually sh -c 'cardinal status | grep -q "^Slots *open 0; closed 1, 2, 4, 5, 6, 8, 9; asking 3, 7$"'
login 7 'another code' --list-objects >"$T/said" 2>&1 && die 'a wrong code opens it'
has "$(cat "$T/said")" CKR_PIN_INCORRECT
card anna
ok
pin
worked one $one
worked two $two
comes 3 1 bert
comes 3 2 cora
go 'slot 3'
worked three $three
has "$(cardinal status)" '^Slots *open 0, 3, 7; closed 1, 2, 4, 5, 6, 8, 9$'
asked "$before" >"$T/asked"
diff - "$T/asked" <<'Y' || die 'the prompts are others'
Slot 7: User 1 / press OK/Cancel
Enter PIN
Slot 3: User 1 / press OK/Cancel
Enter PIN
Slot 3: User 2 / press OK/Cancel
Enter PIN
Y

# One of two is killed at a prompt, the other while a PIN is entered: the slot opens all the same.
cardinal slot deactivate 3
before=$(cardinal events | wc -l)
logs_in one 3
one=$pid
shows 'Slot 3: User 1 / press OK/Cancel'
logs_in two 3
two=$pid
kill -KILL $one
wait $one || :
card bert
ok
pin
shows 'Slot 3: User 2 / press OK/Cancel'
card cora
ok
shows 'Enter PIN'
kill -KILL $two
wait $two || :
printf '123456\n' | pad pin
eventually sh -c "cardinal slot show 3 | grep -q '^State *open'"
same 2 "$(asked "$before" | grep -c Slot)" 'prompts for a card'

# Who closes the slot while its users are asked has it closed: the caller hears at once, nobody is asked any more, what a card
# still proves opens nothing, and nothing else is closed.
cardinal slot deactivate 3 2>/dev/null
for at in prompt PIN; do
	background login 3 "$new_code" --list-objects
	shows 'Slot 3: User 1 / press OK/Cancel'
	if [ $at = PIN ]; then
		card bert
		ok
		shows 'Enter PIN'
	fi
	cardinal slot deactivate 3 2>/dev/null
	finished 1
	has "$(cat "$err")" CKR_FUNCTION_FAILED
	[ $at = prompt ] || printf '123456\n' | pad pin
	eventually sh -c '! cardinal status | grep -q ^Running'
	has "$(cardinal status)" '^Last *activate: slot 3 was closed or changed meanwhile'
	slot_is 3 closed
	slot_is 7 open
	same '' "$(pad display)" display
done
begins user info
asked_for 'Insert 1. card / press OK/Cancel'
line press cancel
go 'another ceremony'
finished 3
has "$(cardinal events --verify)" 'is whole'
