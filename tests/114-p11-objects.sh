#!/bin/sh
# Objects are written and read back by pkcs11-tool and found by their attributes; handles of what
# is gone stay dead; what is private is not there without a login.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/p11.sh
p11_sandbox
session="C_Initialize os C_OpenSession $slot rw s C_Login s user text:$pin"

openssl req -x509 -newkey rsa:2048 -nodes -keyout "$T/key.pem" -out "$T/cert.pem" -days 7 \
    -subj '/CN=written' 2>/dev/null
openssl x509 -in "$T/cert.pem" -outform DER -out "$T/cert.der"
openssl pkey -in "$T/key.pem" -outform DER -out "$T/key.der"
openssl pkey -in "$T/key.pem" -pubout -outform DER -out "$T/pub.der"
head -c 100 /dev/urandom >"$T/data"
in_tool --write-object "$T/cert.der" --type cert --id 01 --label written >/dev/null
in_tool --write-object "$T/key.der" --type privkey --id 01 --label written --sensitive >/dev/null
in_tool --write-object "$T/pub.der" --type pubkey --id 01 --label written >/dev/null
in_tool --write-object "$T/data" --type data --label 'some data' --application-id 1.2.3.4 \
    --application-label tests --private >/dev/null

tool --read-object --type cert --id 01 --output-file "$T/again" >/dev/null
cmp "$T/cert.der" "$T/again" || die 'the certificate is another one'
in_tool --read-object --type data --label 'some data' --output-file "$T/again" >/dev/null
cmp "$T/data" "$T/again" || die 'the data are others'
keys_spki written
cmp "$T/pub.der" "$T/written.spki" || die 'the public key is another one'
printf text >"$T/text"
in_tool --sign --mechanism SHA256-RSA-PKCS --id 01 --input-file "$T/text" --output-file "$T/sig" \
    >/dev/null
openssl dgst -sha256 -keyform DER -verify "$T/pub.der" -signature "$T/sig" \
    "$T/text" >/dev/null 2>&1 || die 'the imported key signs something else'
! p11 $session find s class=private_key,label=written k C_GetAttributeValue s k private_exponent \
    >"$T/again" 2>&1 || die 'the private exponent is read'
has "$(cat "$T/again")" CKR_ATTRIBUTE_SENSITIVE

# Without a login, the private half and the data are not there.
p11 C_Initialize os C_OpenSession "$slot" ro s find s label=written o count 2 \
    find s class=private_key o count 0 find s class=data o count 0
p11 $session find s label=written o count 3 find s id=01,class=certificate o count 1 \
    find s class=data o count 1 find s label=nowhere o count 0 find s none o count 4

# A changed label is found by its new name alone, also by another client.
p11 $session find s class=data o C_SetAttributeValue s o label=renamed
p11 $session find s label=renamed o count 1 find s class=data,label=written none count 0 \
    C_DestroyObject s o
p11 $session find s class=data o count 0
has "$(p11 $session find s label=written,class=public_key o C_DestroyObject s o \
    -C_GetAttributeValue s o label)" CKR_OBJECT_HANDLE_INVALID

in_tool --delete-object --type cert --id 01 >/dev/null
in_tool --delete-object --type privkey --id 01 >/dev/null
same '' "$(in_tool --list-objects)" 'what is left'
