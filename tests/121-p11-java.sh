#!/bin/sh
# Java's keytool, through SunPKCS11, generates RSA and EC key pairs on the token, with certificates;
# jarsigner signs with them, and OpenSSL verifies it.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/p11.sh
p11_sandbox
printf '%s\n' "$pin" >"$T/pin"
cat >"$T/pkcs11.cfg" <<EOF
name = Slot
library = $module
slot = $slot
EOF
# It has to be the first provider: behind its own, Java generates RSA keys itself and imports them.
printf 'security.provider.%s\n' "1=SunPKCS11 $T/pkcs11.cfg" 2=SUN 3=SunRsaSign 4=SunEC 5=SunJSSE \
    6=SunJCE 7=SunJGSS 8=SunSASL 9=XMLDSig 10=SunPCSC 11=JdkLDAP 12=JdkSASL >"$T/java.security"

java_tool() {
	program=$1
	shift
	"$program" -J-Djava.security.properties="$T/java.security" -J-XX:TieredStopAtLevel=1 \
	    -J-Xshare:auto -keystore NONE -storetype PKCS11 -storepass:file "$T/pin" "$@" \
	    >"$T/said" 2>&1 </dev/null || die "$program $*: $(cat "$T/said")"
}

printf 'what is signed\n' >"$T/text"
for key in jrsa jec; do
	# By its size: for -groupname, Java 17 does not ask this provider, makes the key itself, and
	# fails to import it, since it closes the session that it has logged in.
	[ $key = jrsa ] && how='-keyalg RSA -keysize 2048' || how='-keyalg EC -keysize 256'
	java_tool keytool -genkeypair -alias $key $how -dname CN=$key -validity 7
	p11 C_Initialize os C_OpenSession "$slot" ro s C_Login s user "text:$pin" \
	    find s class=certificate,label=$key c count 1 C_GetAttributeValue s c value \
	    write "$T/$key.der" find s class=private_key k >/dev/null
	openssl x509 -inform DER -in "$T/$key.der" -out "$T/$key.pem"
	openssl verify -check_ss_sig -CAfile "$T/$key.pem" "$T/$key.pem" >/dev/null ||
	    die "OpenSSL does not take the certificate of $key"
	(cd "$T" && jar cf $key.jar text)
	java_tool jarsigner -sigfile SIGNED "$T/$key.jar" $key
	mkdir "$T/$key"
	(cd "$T/$key" && jar xf ../$key.jar)
	openssl cms -verify -binary -inform DER -in "$T/$key/META-INF/SIGNED."[RE]* \
	    -content "$T/$key/META-INF/SIGNED.SF" -CAfile "$T/$key.pem" -purpose any \
	    >"$T/sf" 2>"$T/err" || die "the JAR of $key: $(cat "$T/err")"
done
p11 C_Initialize os C_OpenSession "$slot" ro s C_Login s user "text:$pin" \
    find s class=private_key,local=yes,token=yes,sensitive=yes,never_extractable=yes k count 2
java_tool keytool -list
same 2 "$(grep -c PrivateKeyEntry "$T/said")" 'entries that keytool lists'
java_tool keytool -delete -alias jec
p11 C_Initialize os C_OpenSession "$slot" ro s C_Login s user "text:$pin" \
    find s class=private_key k count 1 find s class=certificate c count 1
