#!/bin/bash
# The admin socket answers what is wrong, in JSON, and lives on.
. "$(dirname "$0")/daemon.sh"

start || fail "it does not serve"

# is CODE ERROR CURL-ARGUMENTS...
is()
{
	local code=$1 error=$2 got
	shift 2
	got=$(http "$@")
	[ "$got" = "$code" ] || fail "$got, not $code: $*"
	grep -q "\"error\": \"$error\"" "$T/answer" || fail "not $error: $* ($(cat "$T/answer"))"
}

[ "$(http http://x/v1/status)" = 200 ] || fail "no status"
grep -q '"state": "factory"' "$T/answer" || fail "no state in $(cat "$T/answer")"
is 404 not-found http://x/
is 404 not-found "http://x/v1/status%00x"
is 405 unsupported -X POST http://x/v1/status
is 405 unsupported -X DELETE http://x/v1/issuers
is 400 malformed http://x/v1/events?since=-1
is 400 malformed "http://x/v1/events?a=1&b=2&c=3&d=4&e=5"
is 400 malformed -d 'quorum=2of3' http://x/v1/install
is 400 malformed -d '{"quorum": "2of3", "force": true}' http://x/v1/install
is 409 denied -d '{"quorum": "2of3"}' http://x/v1/install
is 409 state -d '' http://x/v1/resume
is 409 denied -d '' http://x/v1/share/verify
is 409 state -d '' http://x/v1/cancel
head -c 8193 /dev/zero >"$T/long"
is 413 size --data-binary "@$T/long" http://x/v1/install
head -c 20000 /dev/zero | tr '\0' a >"$T/name"
[ "$(http -H "X-Long: $(cat "$T/name")" http://x/v1/status)" = 431 ] || fail "a header of 20 KB"

# What no client of HTTP would send.
head -c 5000000 /dev/zero >"$T/endless"
http --data-binary "@$T/endless" http://x/v1/install >/dev/null
for junk in 'GET' '\0\0\0\0' 'POST /v1/install HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n' \
    'POST /v1/install HTTP/1.1\r\nContent-Length: -5\r\n\r\n{}' 'GET /v1/status HTTP/9.9\r\n\r\n' \
    'POST /v1/install HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n'; do
	printf "$junk" | timeout 2 curl -s --unix-socket "$sock" telnet://x:1 >/dev/null 2>&1
done
[ "$(http http://x/v1/status)" = 200 ] || fail "it does not answer any more"
[ "$(child ward)" = "$ward" ] || fail "ward is another one"
stop
[ "$status" = 0 ] || fail "exit status $status"
