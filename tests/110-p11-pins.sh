#!/bin/sh
# pkcs11-tool lists the slots, makes a token anew, sets the user's PIN and changes both PINs; the
# old ones are refused.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/p11.sh
p11_sandbox

has "$(tool --list-slots)" "token label *: $label"
has "$(tool --list-token-slots)" 'token initialized'
has "$(tool --list-mechanisms)" 'ECDSA, .*sign'

# Made anew, a token has no user PIN until the SO sets one.
in_tool --keygen --key-type AES:32 --label gone --sensitive --private >/dev/null
tool --init-token --label 'made anew' --so-pin "$so_pin" >/dev/null
has "$(token_of "$slot")" '^label made anew$' 'the label'
! token_of "$slot" | grep -q user-pin-initialized || die 'a token made anew has a user PIN'
tool --init-pin --login --login-type so --so-pin "$so_pin" --new-pin 'set by the SO' >/dev/null
pin='set by the SO'
same '' "$(in_tool --list-objects)" 'what a token made anew holds'

in_tool --change-pin --new-pin 'changed by the user' >/dev/null
with_module pkcs11-tool --module "$sanitized" --slot "$slot" --login --pin "$pin" --list-objects \
    >/dev/null 2>"$T/err" && die 'the old PIN is taken'
has "$(cat "$T/err")" 'CKR_PIN_INCORRECT'
pin='changed by the user'
in_tool --list-objects

tool --login --login-type so --so-pin "$so_pin" --change-pin --new-pin 'changed by the SO' >/dev/null
p11 C_Initialize os C_OpenSession "$slot" rw s -C_Login s so "text:$so_pin" \
    C_Login s so 'text:changed by the SO' >"$T/so"
same 'C_Login CKR_PIN_INCORRECT' "$(cat "$T/so")" 'the answer to the old SO PIN'
