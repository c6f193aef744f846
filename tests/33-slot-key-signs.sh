#!/bin/sh
# The slot user's key signs for stock OpenSC tools after the PIN at the pad, and is seen only while
# the card has one.
cd "$(dirname "$0")/.." && . tests/lib.sh
in_sandbox
. tests/stock.sh
load_slot=build/tests/tools/load_slot
cd "$SANDBOX_LOGS"
load_slot() {
	printf '123456\n' | "$OLDPWD/$load_slot" "$@"
}
echo 'what is signed' >text
openssl dgst -sha256 -binary text >hash
# verified SIGNATURE [OPTION...]: openssl takes it for one of that text by the card's key.
verified() {
	openssl dgst -sha256 -verify key.pem -signature "$@" text >/dev/null || die "$1 is wrong"
}

new_card anna
load_slot
load_slot 2>again && die 'a second credential was loaded'
same 'load_slot: load: 6985' "$(cat again)" 'a second one'

works -- pkcs15-tool -D
has "$said" '^Private RSA Key \[Slot user key\]$' 'the key'
has "$said" '^Public RSA Key \[Slot user key\]$' 'the public key'
has "$said" '^X.509 Certificate \[Slot user key\]$' 'the certificate'
pkcs15-tool --read-certificate 45 --output cert.pem
pkcs15-tool --read-public-key 45 --output key.pem
openssl verify -CAfile cert.pem cert.pem >/dev/null || die 'the certificate is wrong'
same "$(openssl x509 -in cert.pem -noout -pubkey)" "$(openssl pkey -pubin -in key.pem)" \
    'the public key'

works 'Enter PIN' 123456 -- pkcs15-crypt -s -k 45 --sha-256 --pkcs1 -i hash -o signature
verified signature
refused 'Enter PIN' 111111 -- pkcs15-crypt -s -k 45 --sha-256 --pkcs1 -i hash -o refused
same no "$([ -s refused ] && echo yes || echo no)" 'a signature after a wrong PIN'
# The share's PIN does not open it: each is local to its application.
refused 'Enter PIN' 123456 -- pkcs11-tool --module $p11 --slot 1 --login --id 45 --sign \
    -m SHA256-RSA-PKCS -i text -o refused

p11tool="pkcs11-tool --module $p11"
works 'Enter PIN' 123456 -- $p11tool --login -O
has "$said" '^Private Key Object; RSA' 'the key in PKCS#11'
works 'Enter PIN' 123456 -- $p11tool --login --id 45 --sign -m SHA256-RSA-PKCS -i text -o signature
verified signature
works -- $p11tool --id 45 --verify -m SHA256-RSA-PKCS -i text --signature-file signature
has "$said" 'Signature is valid' 'the signature'
works 'Enter PIN' 123456 -- $p11tool --login --id 45 --sign -m SHA256-RSA-PKCS-PSS \
    --salt-len 32 -i text -o pss
verified pss -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32
works 'Enter PIN' 123456 -- $p11tool --login --test
has "$said" '^No errors$' 'the test of pkcs11-tool'
has "$said" 'SHA256-RSA-PKCS: OK' 'its signatures'

load_slot clear
works -- pkcs15-tool -D
same 0 "$(printf '%s\n' "$said" | grep -ci 'key \[\|certificate \[')" 'keys that are gone'
