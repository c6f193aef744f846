#!/bin/bash
# What programs have given to vault by PKCS#11 is in no memory of the daemon any more when they have gone and the slot is
# closed: codes, right and wrong, the bytes of keys, what was encrypted and decrypted.
#
# The plain build is what counts: the sanitizers keep freed memory for a while.
[ "${BIN-build}" = build ] || exit 0
BIN=build
# Only root may read the memory of what is not to be dumped: a user is that in a namespace of his own.
if [ "$(id -u)" != 0 ]; then
	unshare -Ur true 2>/dev/null || { echo 'skipped: neither root nor namespaces'; exit 0; }
	exec unshare -Ur "$0"
fi
. "$(dirname "$0")/daemon.sh"
TOOLS=$PWD/build/tests/tools
export P11_MODULE=$PWD/build/libcardinal-pkcs11.so

# new NAME: 32 random hex digits as $NAME, of which the daemon may have neither the text nor the bytes.
new()
{
	eval "$1=$(od -An -v -tx1 -N16 /dev/urandom | tr -d ' \n')"
	printf '%s-text %s\n' "$1" "$(printf %s "${!1}" | od -An -v -tx1 | tr -d ' \n')" >>"$T/patterns"
	printf '%s %s\n' "$1" "${!1}" >>"$T/patterns"
}

# look WHERE...: a thread that ends just then takes memory along that was to be read: once more.
looked()
{
	status=0
	"$TOOLS/memgrep" "$@" <"$T/patterns" >"$T/hits" || status=$?
	[ $status != 2 ]
}
look()
{
	until_true 10 looked "$@" || fail "memgrep cannot look"
}

nowhere()
{
	look "$daemon" "$vault" "$ward" "$T/log" $(find "$T/state" "$T/run" -type f)
	[ $status = 1 ] || fail "$1: $(sort -u "$T/hits" | head)"
}

p11()
{
	"$TOOLS/p11" "$@" >"$T/out" 2>&1 || fail "p11: $(cat "$T/out")"
}

start || fail "it does not serve"
cardinal install --trial 2>/dev/null || fail "it does not install"
for name in so pin pin2 wrong aes long hmac text; do new $name; done
s="C_OpenSession 3 rw s"
secret=class=secret_key,token=yes,private=yes,sensitive=yes

p11 C_Initialize os $s C_Login s so text:87654321 C_SetPIN s text:87654321 text:$so C_InitPIN s text:$pin
p11 C_Initialize os $s -C_Login s user text:$wrong -C_Login s so text:$wrong -C_SetPIN s text:$wrong text:$pin2
p11 C_Initialize os $s C_Login s user text:$pin C_SetPIN s text:$pin text:$pin2
nowhere 'after codes were changed'

# Keys that are made, used, wrapped, copied and destroyed, and one that stays on the token.
p11 C_Initialize os $s C_Login s user text:$pin2 \
    C_CreateObject s $secret,key_type=aes,extractable=yes,encrypt=yes,decrypt=yes,wrap=yes,unwrap=yes,value=$aes k \
    C_CreateObject s $secret,key_type=generic_secret,sign=yes,derive=yes,extractable=yes,value=$long$hmac h \
    C_EncryptInit s AES_CBC_PAD:00000000000000000000000000000000 k C_Encrypt s $text keep c \
    C_DecryptInit s AES_CBC_PAD:00000000000000000000000000000000 k C_Decrypt s '$c' \
    C_EncryptInit s AES_CBC_PAD:00000000000000000000000000000000 k C_EncryptUpdate s $text C_EncryptFinal s \
    C_SignInit s SHA256_HMAC h C_Sign s $text \
    C_WrapKey s AES_KEY_WRAP_PAD k h keep w \
    C_UnwrapKey s AES_KEY_WRAP_PAD k '$w' class=secret_key,key_type=generic_secret,token=no u \
    C_CopyObject s k token=no k2 C_DestroyObject s h
# What is ready for the next time is there, or the search would find nothing whatever there is.
look "$vault"
grep -q ' aes at ' "$T/hits" || fail "the key that is in use is not found"
! grep -v ' aes at ' "$T/hits" || fail "more than that is"
cardinal slot deactivate 3 2>/dev/null
nowhere 'after keys were used'
stop
[ "$status" = 0 ] || fail "exit status $status"
