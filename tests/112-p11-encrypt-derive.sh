#!/bin/sh
# pkcs11-tool makes secret keys on the token, encrypts what OpenSSL cannot read without them, and
# decrypts it; keys that two parties derive are the same as OpenSSL's.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/p11.sh
p11_sandbox
head -c 1024 /dev/urandom >"$T/text"
iv=000102030405060708090a0b0c0d0e0f

in_tool --keygen --key-type AES:32 --label aes --id a0 --sensitive --private >/dev/null
has "$(in_tool --list-objects --type secrkey)" 'sensitive, always sensitive, never extractable'
# cipher MECHANISM [OPTION...]: there and back
cipher() {
	mechanism=$1
	shift
	in_tool --encrypt --mechanism "$mechanism" --id a0 --input-file "$T/text" \
	    --output-file "$T/sealed" "$@" >/dev/null
	! cmp -s "$T/text" "$T/sealed" || die "$mechanism does nothing"
	in_tool --decrypt --mechanism "$mechanism" --id a0 --input-file "$T/sealed" \
	    --output-file "$T/again" "$@" >/dev/null
	cmp "$T/text" "$T/again" || die "$mechanism does not give back what it got"
}
cipher AES-CBC --iv $iv
cipher AES-CBC-PAD --iv $iv
cipher AES-ECB

in_tool --keygen --key-type GENERIC:32 --label generic --id 9e --sensitive --private >/dev/null
in_tool --sign --mechanism SHA256-HMAC --id 9e --input-file "$T/text" --output-file "$T/mac" >/dev/null
same 32 "$(wc -c <"$T/mac")" 'length of the MAC'

# RSA: OpenSSL encrypts to the token's key.
in_tool --keypairgen --key-type rsa:2048 --label rsa --id a5 >/dev/null
keys_spki rsa
printf 'a secret' >"$T/secret"
openssl pkeyutl -encrypt -pubin -keyform DER -inkey "$T/rsa.spki" -in "$T/secret" \
    -out "$T/sealed" -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256
in_tool --decrypt --mechanism RSA-PKCS-OAEP --hash-algorithm SHA256 --mgf MGF1-SHA256 --id a5 \
    --input-file "$T/sealed" --output-file "$T/again" >/dev/null
cmp "$T/secret" "$T/again" || die 'OAEP'

# ECDH with a key of OpenSSL's. What is derived on the token comes out of it only wrapped, so it
# is a session key here that is not sensitive.
for curve in prime256v1 secp384r1; do
	in_tool --keypairgen --key-type "EC:$curve" --label "ec$curve" --id "$(printf %02d ${#curve})" \
	    --usage-derive >/dev/null
	keys_spki "ec$curve"
	openssl ecparam -name $curve -genkey -noout -out "$T/other.pem"
	openssl pkey -in "$T/other.pem" -pubout -outform DER -out "$T/other.der"
	in_tool --derive --mechanism ECDH1-DERIVE --id "$(printf %02d ${#curve})" --input-file "$T/other.der" \
	    --output-file "$T/derived" >/dev/null
	openssl pkeyutl -derive -inkey "$T/other.pem" -peerform DER -peerkey "$T/ec$curve.spki" \
	    -out "$T/wanted"
	n=$(wc -c <"$T/derived")
	[ "$n" -ge 32 ] || die "$n bytes of a secret"
	# A shorter key is the end of the secret or its beginning, as the tool asked for it.
	head -c "$n" "$T/wanted" | cmp - "$T/derived" || die "ECDH on $curve"
done
