# Sourced after p11_sandbox by the scripts that use OpenSSL's engine of Debian's
# libengine-pkcs11-openssl.
#
#   engine COMMAND...    openssl COMMAND with it
#   url LABEL            a private key of the slot

cat >"$T/engine.cnf" <<EOC
openssl_conf = init
[init]
engines = engines
[engines]
pkcs11 = p11
[p11]
engine_id = pkcs11
MODULE_PATH = $module
PIN = $pin
init = 1
[req]
distinguished_name = dn
[dn]
EOC

engine() {
	command=$1
	shift
	OPENSSL_CONF=$T/engine.cnf openssl "$command" -engine pkcs11 "$@" >"$T/said" 2>&1 ||
	    die "openssl $command: $(cat "$T/said")"
}

url() {
	printf 'pkcs11:serial=%s;object=%s;type=private' "$serial" "$1"
}
