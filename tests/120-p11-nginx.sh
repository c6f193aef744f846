#!/bin/sh
# nginx serves TLS with its key in a slot: the master opens the module, its workers, who are forked
# from it, sign; also after a reload.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/p11.sh
p11_sandbox
. tests/p11_engine.sh
for type in rsa:2048 EC:prime256v1; do
	key=tls${type%:*}
	in_tool --keypairgen --key-type $type --label "$key" --id "$(printf %04d ${#key})" --usage-sign >/dev/null
	engine req -new -x509 -sha256 -days 7 -subj /CN=localhost -keyform engine \
	    -key "$(url $key)" -out "$T/$key.pem"
done

mkdir -p "$T/nginx"
cat >"$T/nginx.conf" <<EOF
worker_processes 2;
pid $T/nginx.pid;
error_log $T/nginx.log info;
daemon off;
# Its workers get no other variables, and where the daemon is may be one.
env CARDINAL_RUN;
env SOFTHSM2_CONF;
events { worker_connections 64; }
http {
	access_log off;
	client_body_temp_path $T/nginx; proxy_temp_path $T/nginx; fastcgi_temp_path $T/nginx;
	uwsgi_temp_path $T/nginx; scgi_temp_path $T/nginx;
	server {
		listen unix:$T/tls.sock ssl;
		ssl_certificate $T/tlsrsa.pem;
		ssl_certificate_key "engine:pkcs11:$(url tlsrsa)";
		ssl_certificate $T/tlsEC.pem;
		ssl_certificate_key "engine:pkcs11:$(url tlsEC)";
		ssl_protocols TLSv1.2 TLSv1.3;
		ssl_session_cache off;
		ssl_session_tickets off;
		location / { return 200 "from a slot\n"; }
	}
}
EOF
user=
[ "$(id -u)" != 0 ] || user='user root;'
OPENSSL_CONF=$T/engine.cnf /usr/sbin/nginx -c "$T/nginx.conf" -p "$T/nginx" -e "$T/nginx.log" \
    -g "$user" 2>"$T/nginx.err" &
server=$!
end() {
	kill $server && wait $server
	[ "${P11_PEER-}" != softhsm ] || rm -rf "$T"
}
trap end EXIT

# served CIPHERS CERTIFICATE: handshakes, each verified.
served() {
	for i in 1 2 3 4 5 6; do
		curl -s --unix-socket "$T/tls.sock" --tlsv1.2 --tls-max 1.2 --ciphers "$1" \
		    --cacert "$T/$2.pem" https://localhost/ >"$T/page" 2>"$T/err" ||
		    die "curl: $? $(cat "$T/err" "$T/nginx.err") $(tail -5 "$T/nginx.log")"
		same 'from a slot' "$(cat "$T/page")" 'the page'
	done
}
eventually test -S "$T/tls.sock"
served ECDHE-RSA-AES256-GCM-SHA384 tlsrsa
served ECDHE-ECDSA-AES256-GCM-SHA384 tlsEC
cat "$T/tlsrsa.pem" "$T/tlsEC.pem" >"$T/both.pem"
curl -s --unix-socket "$T/tls.sock" --tlsv1.3 --cacert "$T/both.pem" https://localhost/ \
    >"$T/page" || die 'TLS 1.3'

# The old workers go when the new ones are there.
pgrep -P $server >"$T/workers"
kill -HUP $server
others() {
	for worker in $(cat "$T/workers"); do
		! kill -0 "$worker" 2>/dev/null || return 1
	done
	[ -n "$(pgrep -P $server)" ]
}
eventually others
served ECDHE-RSA-AES256-GCM-SHA384 tlsrsa
