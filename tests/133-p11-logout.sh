#!/bin/sh
# After a logout nothing is signed any more, also what had been begun, and handles of private
# objects are dead for ever. SoftHSM2 goes on signing.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/p11.sh
p11_sandbox
login="C_Initialize os C_OpenSession $slot rw s C_Login s user text:$pin"
ec='C_GenerateKeyPair s EC_KEY_PAIR_GEN ec_params=p256'

p11 $login $ec,token=yes,label=k token=yes,label=k pub priv C_SignInit s ECDSA priv C_Logout s \
    -C_Sign s zero:32 -C_SignInit s ECDSA priv -C_GetAttributeValue s priv label \
    C_Login s user "text:$pin" -C_SignInit s ECDSA priv find s class=private_key,label=k again \
    C_SignInit s ECDSA again C_Sign s zero:32 >"$T/said"
sed -n 1,4p "$T/said" >"$T/dead"
grep -q '^C_Sign CKR_\(OPERATION_NOT_INITIALIZED\|USER_NOT_LOGGED_IN\)$' "$T/dead" ||
    die "after the logout: $(cat "$T/dead")"
same 'C_SignInit CKR_KEY_HANDLE_INVALID
C_GetAttributeValue CKR_OBJECT_HANDLE_INVALID
C_SignInit CKR_KEY_HANDLE_INVALID' "$(sed -n 2,4p "$T/said")" 'what dead handles answer'

# A private session object does not outlive it, also in another session of the same client.
p11 $login C_OpenSession "$slot" ro s2 C_GenerateKey s AES_KEY_GEN value_len=32,token=no,private=yes k \
    C_EncryptInit s2 AES_ECB k C_Logout s -C_Encrypt s2 zero:16 C_Login s user "text:$pin" \
    find s class=secret_key o count 0 >"$T/said"
! grep -q CKR_OK "$T/said" || die "a session key after the logout: $(cat "$T/said")"

# The last session that closes logs out.
p11 $login C_CloseSession s C_OpenSession "$slot" ro s find s class=private_key o count 0
