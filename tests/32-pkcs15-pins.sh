#!/bin/sh
# pkcs15-tool and pkcs11-tool, without configuration: what is on a new card, and both PINs verified,
# changed and blocked at the PIN pad, each by itself.
cd "$(dirname "$0")/.." && . tests/lib.sh
in_sandbox
. tests/stock.sh
new_card anna

works -- pkcs15-tool -D
has "$said" '^PKCS#15 Card \[Cardinal card\]:$' 'the card'
has "$said" "Serial number  : $(cardinal-pad card show anna | sed -n 's/^serial *//p')" 'its number'
has "$said" '^PIN \[Share PIN\]$' 'the first PIN'
has "$said" '^PIN \[Slot PIN\]$' 'the second PIN'
has "$said" "^Data object 'Backup share header'$" 'the header'
has "$said" '^	Data (64 bytes): 0*$' 'that of an empty share'
same 0 "$(printf '%s\n' "$said" | grep -ci 'key \[\|certificate \[')" 'keys of a new card'

for id in 01 02; do
	works 'Enter PIN' 123456 -- pkcs15-tool --verify-pin --auth-id $id
	refused 'Enter PIN' 111111 -- pkcs15-tool --verify-pin --auth-id $id
	has "$said" 'PIN code or key incorrect' 'a wrong PIN'
	works 'Enter old PIN' 123456 'Enter new PIN' "765432$id" 'Repeat new PIN' "765432$id" -- \
	    pkcs15-tool --change-pin --auth-id $id
	refused 'Enter PIN' 123456 -- pkcs15-tool --verify-pin --auth-id $id
	works 'Enter PIN' "765432$id" -- pkcs15-tool --verify-pin --auth-id $id
done
same 2 "$(cardinal-pad card show anna | grep -c '5081 .*own PIN, tries left: 3 of 3')" 'the PINs'

# The same by PKCS#11, where each PIN is that of a token; that of the slot user comes first.
works -- pkcs11-tool --module $p11 --list-token-slots
same "Cardinal card (Slot PIN), Cardinal card (Share PIN)" "$(printf '%s\n' "$said" |
    sed -n 's/^ *token label *: //p' | paste -sd, | sed 's/,/, /')" 'the tokens'
has "$said" 'token flags *: .*PIN pad present' 'their flags'
works 'Enter PIN' 76543202 'Enter old PIN' 76543202 'Enter new PIN' 1234567890123456 \
    'Repeat new PIN' 1234567890123456 -- pkcs11-tool --module $p11 --login --change-pin
refused 'Enter PIN' 76543202 -- pkcs11-tool --module $p11 --login --list-objects
has "$said" CKR_PIN_INCORRECT 'the PIN of before'
works 'Enter PIN' 1234567890123456 -- pkcs11-tool --module $p11 --login --list-objects
has "$said" "label: *'Backup share header'" 'the objects'
works 'Enter PIN' 76543201 -- pkcs11-tool --module $p11 --slot 1 --login --list-objects

# Three wrong ones block the share's PIN, the right one does not help, and that of the slot user is
# as it was.
for pin in 111111 111111 111111 76543201; do
	refused 'Enter PIN' $pin -- pkcs11-tool --module $p11 --slot 1 --login --list-objects
done
has "$said" CKR_PIN_LOCKED 'a blocked PIN'
same '0 of 3,3 of 3' "$(cardinal-pad card show anna |
    sed -n 's/.* 5081 .*left: \([^,]*\),.*/\1/p' | paste -sd,)" 'the tries left'

works -- pkcs15-tool --read-data-object 'Backup share header' --raw --output "$SANDBOX_LOGS/header"
same 64 "$(wc -c <"$SANDBOX_LOGS/header")" 'the header as a file'
