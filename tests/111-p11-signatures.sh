#!/bin/sh
# Keys of every type are generated on the token with pkcs11-tool, and sign what OpenSSL verifies.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/p11.sh
p11_sandbox
printf 'what is signed' >"$T/text"

# pkcs11-tool finds keys to sign with by their number alone: here a label's characters in hex.
id_of() {
	printf %s "$1" | hex
}

# makes LABEL TYPE
makes() {
	in_tool --keypairgen --key-type "$2" --label "$1" --id "$(id_of "$1")" >/dev/null
	keys_spki "$1"
}

# signs LABEL MECHANISM INPUT [OPTION...]
signs() {
	key=$1 mechanism=$2 input=$3
	shift 3
	in_tool --sign --mechanism "$mechanism" --id "$(id_of "$key")" --input-file "$input" \
	    --output-file "$T/sig" "$@" >/dev/null
}

# verifies HASH LABEL [OPTION...]: by OpenSSL
verifies() {
	hash=$1 key=$2
	shift 2
	openssl dgst "-$hash" -keyform DER -verify "$T/$key.spki" -signature "$T/sig" "$@" \
	    "$T/text" >"$T/said" 2>&1 || die "$mechanism of $key: $(cat "$T/said")"
}

for bits in 2048 3072; do
	makes "rsa$bits" "rsa:$bits"
	same "$bits" "$(openssl pkey -pubin -inform DER -in "$T/rsa$bits.spki" -text -noout |
	    sed -n 's/.*(\([0-9]*\) bit).*/\1/p')" 'bits of the modulus'
	for hash in sha1 sha224 sha256 sha384 sha512; do
		HASH=$(printf %s "$hash" | tr a-z A-Z)
		signs "rsa$bits" "$HASH-RSA-PKCS" "$T/text"
		verifies $hash "rsa$bits"
		[ $bits = 2048 ] || continue
		signs "rsa$bits" "$HASH-RSA-PKCS-PSS" "$T/text"
		verifies $hash "rsa$bits" -sigopt rsa_padding_mode:pss -sigopt "rsa_mgf1_md:$hash"
	done
done
# Padded alone: the DigestInfo is the caller's (PKCS #1 9.2, step 2).
{ printf '\060\061\060\015\006\011\140\206\110\001\145\003\004\002\001\005\000\004\040'
  openssl dgst -sha256 -binary "$T/text"; } >"$T/digestinfo"
signs rsa2048 RSA-PKCS "$T/digestinfo"
verifies sha256 rsa2048
openssl dgst -sha256 -binary "$T/text" >"$T/digest"
signs rsa2048 RSA-PKCS-PSS "$T/digest" --hash-algorithm SHA256 --mgf MGF1-SHA256
verifies sha256 rsa2048 -sigopt rsa_padding_mode:pss

for curve in prime256v1 secp384r1 secp521r1 secp256k1 brainpoolP256r1 brainpoolP384r1; do
	makes "$curve" "EC:$curve"
	signs "$curve" ECDSA "$T/digest" --signature-format openssl
	verifies sha256 "$curve"
done
for hash in sha1 sha224 sha256 sha384 sha512; do
	signs prime256v1 "ECDSA-$(printf %s "$hash" | tr a-z A-Z)" "$T/text" \
	    --signature-format openssl
	verifies $hash prime256v1
done

makes edwards EC:edwards25519
signs edwards EDDSA "$T/text"
openssl pkeyutl -verify -pubin -keyform DER -inkey "$T/edwards.spki" -rawin -in "$T/text" \
    -sigfile "$T/sig" >"$T/said" 2>&1 || die "EDDSA: $(cat "$T/said")"

# What the token itself says of them, by its own public keys; a changed text is refused.
for pair in rsa2048:SHA256-RSA-PKCS prime256v1:ECDSA-SHA256 edwards:EDDSA; do
	signs "${pair%:*}" "${pair#*:}" "$T/text"
	has "$(in_tool --verify --mechanism "${pair#*:}" --id "$(id_of "${pair%:*}")" \
	    --input-file "$T/text" --signature-file "$T/sig")" 'Signature is valid'
	has "$(in_tool --verify --mechanism "${pair#*:}" --id "$(id_of "${pair%:*}")" \
	    --input-file "$T/digest" --signature-file "$T/sig")" 'Invalid signature'
done
