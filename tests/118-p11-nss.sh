#!/bin/sh
# NSS takes the module in its database with modutil; certutil generates keys on the token, makes
# self-signed certificates and stores them there, which OpenSSL verifies.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/p11.sh
p11_sandbox
db=sql:$T/nss
mkdir "$T/nss"
printf '%s\n' "$pin" >"$T/pin"
head -c 64 /dev/urandom >"$T/noise"

nss() {
	program=$1
	shift
	"$program" "$@" >"$T/said" 2>&1 </dev/null || die "$program $*: $(cat "$T/said")"
}

nss certutil -N -d "$db" --empty-password
nss modutil -force -dbdir "$db" -add hsm -libfile "$module"
nss modutil -dbdir "$db" -list hsm
has "$(cat "$T/said")" "Serial Number: *$serial"

for key in rsa ec; do
	[ $key = rsa ] && how='-k rsa -g 2048' || how='-k ec -q nistp256'
	nss certutil -S -d "$db" -h "$label" -f "$T/pin" -z "$T/noise" -x $how -n "nss-$key" \
	    -s "CN=nss-$key" -t CTu,, -v 3 -m ${#how}
	nss certutil -L -d "$db" -h "$label" -f "$T/pin" -n "$label:nss-$key" -a
	cp "$T/said" "$T/$key.pem"
	openssl verify -check_ss_sig -CAfile "$T/$key.pem" "$T/$key.pem" >/dev/null ||
	    die "OpenSSL does not take the certificate of $key"
done
nss certutil -K -d "$db" -h "$label" -f "$T/pin"
same 2 "$(grep -c 'nss-' "$T/said")" 'keys that certutil lists'
# It has given each key pair a CKA_ID of its own after it had made it.
p11 C_Initialize os C_OpenSession "$slot" ro s C_Login s user "text:$pin" \
    find s class=private_key,key_type=rsa k C_GetAttributeValue s k id >"$T/id"
same 48 "$(wc -c <"$T/id")" "characters of CKA_ID's line, a SHA-1"
nss certutil -F -d "$db" -h "$label" -f "$T/pin" -n "$label:nss-ec"
