#!/bin/sh
# Keys leave the token wrapped and come back; what OpenSSL unwraps of it is the same key.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/p11.sh
p11_sandbox
session="C_Initialize os C_OpenSession $slot rw s C_Login s user text:$pin"
secret=class=secret_key,key_type=aes
made=token=no,sensitive=yes,extractable=yes

# Wrapped by pkcs11-tool; a key that must not leave does not.
in_tool --keygen --key-type AES:32 --label kek --id 0e --sensitive --private --usage-wrap >/dev/null
in_tool --keygen --key-type AES:32 --label goes --id 01 --sensitive --private --extractable \
    >/dev/null
in_tool --keygen --key-type AES:32 --label stays --id 02 --sensitive --private >/dev/null
in_tool --wrap --mechanism AES-KEY-WRAP --id 0e --application-id 01 --output-file "$T/wrapped" \
    >/dev/null
same 40 "$(wc -c <"$T/wrapped")" 'bytes of a wrapped AES-256 key (RFC 3394)'
same 'C_WrapKey CKR_KEY_UNEXTRACTABLE' "$(p11 $session find s label=kek w find s label=stays k \
    -C_WrapKey s AES_KEY_WRAP w k)" 'the answer for the key that stays'

# A private key under AES-KWP, AES-CBC-PAD: unwrapped on the token, it signs as before.
for mechanism in AES_KEY_WRAP_KWP AES_CBC_PAD:$(printf %032d 1); do
	p11 $session \
	    C_GenerateKey s AES_KEY_GEN value_len=32,wrap=yes,unwrap=yes,token=no w \
	    C_GenerateKeyPair s EC_KEY_PAIR_GEN ec_params=p256 $made pub priv \
	    C_WrapKey s "$mechanism" w priv keep wrapped \
	    C_UnwrapKey s "$mechanism" w '$wrapped' \
	        class=private_key,key_type=ec,sign=yes,token=no,sensitive=yes,extractable=no again \
	    C_SignInit s ECDSA again C_Sign s zero:32 keep sig \
	    C_VerifyInit s ECDSA pub C_Verify s zero:32 '$sig' \
	    C_GetAttributeValue s again local,always_sensitive,never_extractable >"$T/again"
	has "$(cat "$T/again")" 'CKA_LOCAL no'
	has "$(cat "$T/again")" 'CKA_ALWAYS_SENSITIVE no'
	has "$(cat "$T/again")" 'CKA_NEVER_EXTRACTABLE no'
done

# The same bytes for OpenSSL: a KEK that both know, RFC 3394 and RFC 5649.
kek=$(openssl rand -hex 32) key=$(openssl rand -hex 32)
for way in AES_KEY_WRAP:aes256-wrap AES_KEY_WRAP_KWP:aes256-wrap-pad; do
	p11 $session \
	    C_CreateObject s $secret,token=no,wrap=yes,value=$kek w \
	    C_CreateObject s $secret,token=no,extractable=yes,value=$key k \
	    C_WrapKey s ${way%:*} w k write "$T/wrapped"
	iv=a6a6a6a6a6a6a6a6
	[ ${way%:*} = AES_KEY_WRAP ] || iv=a65959a6
	openssl enc -d "-${way#*:}" -K "$kek" -iv $iv -in "$T/wrapped" -out "$T/plain"
	same "$key" "$(hex <"$T/plain")" "what OpenSSL unwraps, ${way%:*}"
done

# OpenSSL wraps a key to an RSA key of the token's; a damaged one is refused.
in_tool --keypairgen --key-type rsa:2048 --label rsa --id a5 --usage-wrap >/dev/null
keys_spki rsa
printf %s "$key" | unhex >"$T/plain"
openssl pkeyutl -encrypt -pubin -keyform DER -inkey "$T/rsa.spki" -in "$T/plain" \
    -out "$T/wrapped" -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha1
zero=$(head -c 16 /dev/zero | openssl enc -aes-256-ecb -nopad -K "$key" | hex)
same "$zero" "$(p11 $session find s label=rsa,class=private_key w \
    C_UnwrapKey s RSA_PKCS_OAEP:sha1:sha1 w "@$T/wrapped" $secret,token=no,encrypt=yes k \
    C_EncryptInit s AES_ECB k C_Encrypt s zero:16 print)" 'what the unwrapped key encrypts'
tail -c 255 "$T/wrapped" >"$T/damaged"
has "$(p11 $session find s label=rsa,class=private_key w \
    -C_UnwrapKey s RSA_PKCS_OAEP:sha1:sha1 w "@$T/damaged" $secret,token=no k)" \
    'CKR_WRAPPED_KEY_'
