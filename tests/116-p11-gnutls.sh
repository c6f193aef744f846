#!/bin/sh
# GnuTLS's p11tool generates keys on the token, lists them and stores a certificate that its
# certtool makes with them; OpenSSL verifies it.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/p11.sh
p11_sandbox
url="pkcs11:serial=$serial"
GNUTLS_PIN=$pin
export GNUTLS_PIN

gnutls() {
	program=$1
	shift
	"$program" --provider "$module" "$@" >"$T/said" 2>&1 </dev/null ||
	    die "$program $*: $(cat "$T/said")"
}

gnutls p11tool --list-tokens
has "$(cat "$T/said")" "Serial: $serial"
gnutls p11tool --batch --login --generate-privkey=rsa --bits 2048 --label grsa "$url"
gnutls p11tool --batch --login --generate-privkey=ecdsa --curve secp256r1 --label gec "$url"
gnutls p11tool --batch --login --list-all "$url"
same 2 "$(grep -c 'Type: Private key' "$T/said")" 'private keys that p11tool lists'

printf 'cn = "made by certtool"\nexpiration_days = 7\nca\ncert_signing_key\n' >"$T/template"
for key in grsa gec; do
	gnutls p11tool --batch --login --test-sign "$url;object=$key;type=private"
	gnutls certtool --generate-self-signed --template "$T/template" \
	    --load-privkey "$url;object=$key;type=private" \
	    --load-pubkey "$url;object=$key;type=public" --outfile "$T/$key.pem"
	openssl verify -check_ss_sig -CAfile "$T/$key.pem" "$T/$key.pem" >/dev/null ||
	    die "OpenSSL does not take the certificate of $key"
	gnutls p11tool --batch --login --write --load-certificate "$T/$key.pem" \
	    --label "$key" "$url"
	gnutls p11tool --batch --export "$url;object=$key;type=cert"
	openssl x509 -in "$T/said" -outform DER | cmp - - >/dev/null ||
	    die "the certificate of $key cannot be read back"
done

# A request for another's certificate, signed by the key in the slot as the issuer.
openssl req -newkey rsa:2048 -nodes -keyout "$T/leaf.key" -out "$T/leaf.csr" -subj /CN=leaf 2>/dev/null
gnutls certtool --generate-certificate --template "$T/template" --load-request "$T/leaf.csr" \
    --load-ca-certificate "$T/gec.pem" --load-ca-privkey "$url;object=gec;type=private" \
    --outfile "$T/leaf.pem"
openssl verify -CAfile "$T/gec.pem" "$T/leaf.pem" >/dev/null || die 'the issued certificate'
