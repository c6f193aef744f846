#!/bin/bash
# The configuration's switches: RSA without padding and PKCS#1 v1.5 decryption are off unless they are switched on, and
# bringing private keys onto a slot is on unless it is switched off.
. "$(dirname "$0")/daemon.sh"
export P11_MODULE=$PWD/build/libcardinal-pkcs11.so

p11()
{
	build/tests/tools/p11 "$@"
}

session='C_Initialize os C_OpenSession 3 rw s C_Login s user text:98765432'
pair='C_GenerateKeyPair s RSA_PKCS_KEY_PAIR_GEN modulus_bits=2048,encrypt=yes,verify=yes,token=no sign=yes,decrypt=yes,token=no,sensitive=yes,extractable=no pub priv'
# RFC 6979 A.2.5: the key of its examples on P-256.
key=class=private_key,key_type=ec,ec_params=p256,value=c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721,sign=yes

# with CONFIGURATION: a daemon of its own with it.
with()
{
	printf "$1" >"$T/conf"
	rm -rf "$T/state"
	start --config "$T/conf" || fail "it does not serve with $1"
	cardinal install --trial 2>/dev/null || fail "it does not install"
}

# answers STEPS: what they answer, a line each.
answers()
{
	p11 $session "$@" >"$T/out" 2>&1
	sed 's/ [0-9]*$//' "$T/out"
}

with ''
[ "$(answers $pair -C_SignInit s RSA_X_509 priv -C_DecryptInit s RSA_PKCS priv)" = \
    'C_SignInit CKR_MECHANISM_INVALID
C_DecryptInit CKR_MECHANISM_INVALID' ] || fail "by default: $(cat "$T/out")"
answers $pair C_DecryptInit s RSA_PKCS_OAEP:sha256:sha256 priv >/dev/null
[ ! -s "$T/out" ] || fail "OAEP: $(cat "$T/out")"
answers C_CreateObject s "$key,token=yes,private=yes,sensitive=yes,extractable=no" k >/dev/null
[ ! -s "$T/out" ] || fail "a private key does not come in: $(cat "$T/out")"
stop

with 'import_private_keys = no\nrsa_pkcs1_decryption = yes\nrsa_raw = yes\n'
answers $pair C_SignInit s RSA_X_509 priv >/dev/null
[ ! -s "$T/out" ] || fail "raw RSA that is on: $(cat "$T/out")"
answers $pair C_DecryptInit s RSA_PKCS priv >/dev/null
[ ! -s "$T/out" ] || fail "decryption that is on: $(cat "$T/out")"
answers -C_CreateObject s "$key,token=yes,private=yes,sensitive=yes,extractable=no" k >/dev/null
grep -q '^C_CreateObject CKR_' "$T/out" || fail "a private key comes in all the same"
cardinal slot show 3 | grep -q '^Objects *0$' || fail "it left something"
stop
[ "$status" = 0 ] || fail "exit status $status"
