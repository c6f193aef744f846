#!/bin/sh
# OpenSSL, through the engine of libp11, makes a request and a certificate with keys in a slot,
# signs, and signs and decrypts CMS; it verifies without the engine.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/p11.sh
p11_sandbox
. tests/p11_engine.sh
printf 'what is signed\n' >"$T/text"

for type in rsa:2048 EC:prime256v1; do
	key=o${type%:*}
	in_tool --keypairgen --key-type $type --label "$key" --id "${#key}a" --usage-sign \
	    --usage-decrypt >/dev/null
	engine req -new -x509 -sha256 -days 7 -subj "/CN=$key" \
	    -addext keyUsage=digitalSignature,keyCertSign,keyEncipherment -keyform engine -key "$(url $key)" -out "$T/$key.pem"
	engine req -new -sha256 -subj "/CN=$key" -keyform engine -key "$(url $key)" \
	    -out "$T/$key.csr"
	openssl req -verify -noout -in "$T/$key.csr" 2>/dev/null || die "the request of $key"
	openssl verify -check_ss_sig -CAfile "$T/$key.pem" "$T/$key.pem" >/dev/null ||
	    die "the certificate of $key"
	openssl x509 -in "$T/$key.pem" -pubkey -noout >"$T/$key.pub"
	engine dgst -sha384 -keyform engine -sign "$(url $key)" -out "$T/sig" "$T/text"
	openssl dgst -sha384 -verify "$T/$key.pub" -signature "$T/sig" "$T/text" >/dev/null ||
	    die "the signature of $key"
	engine cms -sign -nodetach -binary -in "$T/text" -signer "$T/$key.pem" -keyform engine \
	    -inkey "$(url $key)" -outform PEM -out "$T/cms"
	openssl cms -verify -binary -inform PEM -in "$T/cms" -CAfile "$T/$key.pem" \
	    -purpose any -out "$T/again" 2>"$T/err" || die "the CMS of $key: $(cat "$T/err")"
	cmp "$T/text" "$T/again" || die 'CMS holds another text'
done

engine dgst -sha256 -keyform engine -sign "$(url orsa)" -sigopt rsa_padding_mode:pss \
    -sigopt rsa_pss_saltlen:32 -out "$T/sig" "$T/text"
openssl dgst -sha256 -verify "$T/orsa.pub" -sigopt rsa_padding_mode:pss -signature "$T/sig" \
    "$T/text" >/dev/null || die 'the PSS signature'

# CMS to a key in the slot. RSA PKCS#1 v1.5 decryption is off, so it takes OAEP.
openssl cms -encrypt -binary -aes256 -in "$T/text" -recip "$T/orsa.pem" \
    -keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha1 -out "$T/cms"
engine cms -decrypt -in "$T/cms" -recip "$T/orsa.pem" -keyform engine -inkey "$(url orsa)" \
    -out "$T/again"
cmp "$T/text" "$T/again" || die 'what CMS decrypts'
