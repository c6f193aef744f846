# Sourced after lib.sh by the scripts that use the PKCS#11 module: a daemon of their own after a
# trial installation, and no reader.
#
#   p11_sandbox         enters a sandbox with it. Behind it there are $pin, $so_pin, $slot (1),
#                       $module, $label and $serial of the token, $T for files
#   tool ARGUMENT...    pkcs11-tool at that slot
#   in_tool ...         the same with the user's PIN
#   with_module ...     a command with what the module needs; `$with` in the background
#   p11 STEP...         tests/tools/p11
#   token_of SLOT       the client's words about a token
#   restart [SIGNAL]    ends the daemon so, and starts another one on its state
#   keys_spki LABEL     a public key of the slot into $T/LABEL.spki, as SubjectPublicKeyInfo
#   softhsm             SoftHSM2 with a token of the same PINs: $peer, $peer_slot
#
# The module is that with the sanitizers where pkcs11-tool and our own client carry it, and the one
# that is installed elsewhere: a Java machine or nginx cannot. With P11_PEER=softhsm the scripts run
# on SoftHSM2 instead, to see that it is not they that are wrong.

pin=98765432
so_pin=87654321
slot=1

p11_find_token() {
	token_of "$slot" >"$T/token"
	label=$(sed -n 's/^label //p' "$T/token")
	serial=$(sed -n 's/^serial //p' "$T/token")
}

p11_sandbox() {
	if [ "${P11_PEER-}" = softhsm ]; then
		T=$(mktemp -d)
		trap 'rm -rf "$T"' EXIT
		softhsm
		module=$peer sanitized=$peer asan= slot=$peer_slot
	else
		in_sandbox --pads 0 --hsm "$@"
		T=$SANDBOX_LOGS
		cardinal install --trial >"$T/install" 2>&1 || die "install --trial: $(cat "$T/install")"
		daemon=$SANDBOX_CARDINALD
		module=$PWD/build/libcardinal-pkcs11.so
		sanitized=$BUILD/libcardinal-pkcs11.so
		asan=$(gcc -print-file-name=libasan.so)
		[ "$module" != "$sanitized" ] || asan=
	fi
	with="env LD_PRELOAD=$asan ASAN_OPTIONS=detect_leaks=0:exitcode=23"
	P11_MODULE=$sanitized
	export P11_MODULE
	p11_find_token
}

# The stock tools have leaks of their own. In the background `$with COMMAND &` is that process, where
# a function would be a shell around it.
with_module() {
	$with "$@"
}

tool() {
	with_module pkcs11-tool --module "$sanitized" --slot "$slot" "$@" 2>"$T/tool.err" ||
	    die "exit $?: pkcs11-tool $*: $(cat "$T/tool.err")"
}

in_tool() {
	tool --login --pin "$pin" "$@"
}

p11() {
	with_module build/tests/tools/p11 "$@"
}

# Hex of what is read, and bytes of hex.
hex() {
	od -An -tx1 -v | tr -d ' \n'
}

unhex() {
	perl -pe 's/([0-9a-f]{2})\n?/chr hex $1/ge'
}

token_of() {
	p11 C_Initialize os token "$1"
}

# restart [SIGNAL]: the daemon of the sandbox, or the one that an earlier restart has begun.
restart() {
	kill "${1:--TERM}" "$daemon"
	eventually sh -c "! kill -0 $daemon 2>/dev/null"
	begin
}

# A daemon of our own on the sandbox's state.
begin() {
	cardinald --foreground >>"$T/cardinald.log" 2>&1 &
	daemon=$!
	eventually cardinal status
	eventually test -S "$CARDINAL_RUN/pkcs11.sock"
}

# attribute LABEL CLASS NAME: its bytes, in hex.
attribute() {
	p11 C_Initialize os C_OpenSession "$slot" ro s find s "label=$1,class=$2" o \
	    C_GetAttributeValue s o "$3" | sed 's/^[^ ]* //'
}

# From its attributes, since pkcs11-tool 0.23 cannot read P-384 or Edwards keys.
keys_spki() {
	case $(attribute "$1" public_key key_type) in
	CKK_RSA)
		printf '%s\n' 'asn1=SEQUENCE:spki' '[spki]' 'a=SEQUENCE:rsa' \
		    'k=BITWRAP,SEQUENCE:key' '[rsa]' 'o=OID:rsaEncryption' 'n=NULL' '[key]' \
		    "n=INTEGER:0x$(attribute "$1" public_key modulus)" \
		    "e=INTEGER:0x$(attribute "$1" public_key public_exponent)" ;;
	*)
		# What CKA_EC_PARAMS names, and CKA_EC_POINT without its own tag and length.
		p11 C_Initialize os C_OpenSession "$slot" ro s find s "label=$1,class=public_key" o \
		    C_GetAttributeValue s o ec_params write "$T/ec_params" >/dev/null
		oid=$(openssl asn1parse -inform DER -in "$T/ec_params" | sed -n 's/.*\(OBJECT\|STRING\) *://p')
		point=$(attribute "$1" public_key ec_point | sed 's/^04\(81\)\{0,1\}..//')
		printf '%s\n' 'asn1=SEQUENCE:spki' '[spki]' 'a=SEQUENCE:alg' \
		    "k=FORMAT:HEX,BITSTRING:$point" '[alg]'
		case $oid in
		ED25519|edwards25519) echo o=OID:ED25519 ;;
		X25519|curve25519) echo o=OID:X25519 ;;
		*) printf 'o=OID:id-ecPublicKey\nc=OID:%s\n' "$oid" ;;
		esac ;;
	esac >"$T/spki.conf"
	openssl asn1parse -genconf "$T/spki.conf" -noout -out "$T/$1.spki"
}

softhsm() {
	peer=$(find /usr/lib -name libsofthsm2.so | head -1)
	mkdir -p "$T/softhsm"
	printf 'directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n' \
	    "$T/softhsm" >"$T/softhsm2.conf"
	SOFTHSM2_CONF=$T/softhsm2.conf
	export SOFTHSM2_CONF
	softhsm2-util --init-token --free --label softhsm --pin "$pin" --so-pin "$so_pin" >/dev/null
	peer_slot=$(softhsm2-util --show-slots |
	    awk '/^Slot / { slot = $2 } /Label: *softhsm/ { print slot; exit }')
}
