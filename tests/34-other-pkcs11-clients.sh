#!/bin/sh
# GnuTLS's p11tool and Java, through OpenSC's PKCS#11 module, find the slot user's key and sign
# with it.
cd "$(dirname "$0")/.." && . tests/lib.sh
in_sandbox
. tests/stock.sh
new_card anna
printf '123456\n' | build/tests/tools/load_slot

module=$(find /usr/lib -name opensc-pkcs11.so | head -1)
one=${module%/*}/onepin-opensc-pkcs11.so
url='pkcs11:token=Cardinal%20card%20%28Slot%20PIN%29'
# GnuTLS logs in anew for each object that it opens, and between login and signature asks for the
# state of every token, which takes the card out of the application: it gets the module with one.
as_often_as_asked 123456 p11tool --batch --provider "$one" --login --list-all "$url"
has "$said" 'Type: X.509 Certificate' 'the certificate'
has "$said" 'Type: Private key' 'the key'
as_often_as_asked 123456 p11tool --batch --provider "$one" --login --test-sign \
    "$url;id=%45;type=private"
has "$said" 'Verifying against public key in the token... ok' 'a signature for GnuTLS'

cat >"$SANDBOX_LOGS/java.cfg" <<EOF
name = Card
library = $module
slotListIndex = 0
EOF
works 'Enter PIN' 123456 -- keytool -list -keystore NONE -storetype PKCS11 -protected \
    -addprovider SunPKCS11 -providerArg "$SANDBOX_LOGS/java.cfg"
has "$said" '^Slot user key, PrivateKeyEntry' 'the entry for keytool'
works 'Enter PIN' 123456 -- java tests/tools/Sign.java "$SANDBOX_LOGS/java.cfg" 'Slot user key'
same 'SHA256withRSA true' "$said" 'a signature for Java'
