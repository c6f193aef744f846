#!/bin/sh
# OpenSC verifies and changes PINs by VERIFY_PIN_DIRECT and MODIFY_PIN_DIRECT where there are, and
# by START and FINISH where there are not. Which, the driver's own log tells.
cd "$(dirname "$0")/.." && . tests/lib.sh
if [ "${INSIDE-}" != "$0" ]; then
	for list in '' direct start; do
		status=0
		INSIDE=$0 WITHOUT=$list CARDINAL_IFD_LOG=1 \
		    sandbox ${list:+--without $list} -- "$0" || status=$?
		[ $status -eq 0 ] || exit $status
	done
	exit 0
fi
. tests/stock.sh
new_card anna
log=$SANDBOX_LOGS/pcscd.log

# asked_for WORD...: the features that were used since the last time, each once
seen=0
asked_for() {
	used=$(sed "1,${seen}d" "$log" | sed -n 's/^.*ifd-cardinal: \([A-Z_]*_PIN_[A-Z]*\)$/\1/p' |
	    grep -v PROPERTIES | sort -u | paste -sd' ')
	seen=$(wc -l <"$log")
	same "$*" "$used" "what OpenSC used without '$WITHOUT'"
}
case $WITHOUT in
direct) verify='VERIFY_PIN_FINISH VERIFY_PIN_START' modify='MODIFY_PIN_FINISH MODIFY_PIN_START' ;;
*) verify=VERIFY_PIN_DIRECT modify=MODIFY_PIN_DIRECT ;;
esac

works 'Enter PIN' 123456 -- pkcs15-tool --verify-pin --auth-id 01
asked_for $verify
works 'Enter old PIN' 123456 'Enter new PIN' 76543210 'Repeat new PIN' 76543210 -- \
    pkcs15-tool --change-pin --auth-id 01
asked_for $modify
works 'Enter PIN' 76543210 -- pkcs15-tool --verify-pin --auth-id 01
asked_for $verify
refused 'Enter PIN' 111111 -- pkcs15-tool --verify-pin --auth-id 01
has "$said" 'PIN code or key incorrect' 'a wrong PIN'
# The reader's own status words.
refused 'Enter PIN' 11 -- pkcs15-tool --verify-pin --auth-id 01
has "$said" 'Invalid PIN length' 'a PIN too short'
works 'Enter PIN' 123456 'Enter old PIN' 123456 'Enter new PIN' 1234567890123456 \
    'Repeat new PIN' 1234567890123456 -- pkcs11-tool --module $p11 --login --change-pin
asked_for $(printf '%s\n' $verify $modify | sort -u)
