#!/bin/bash
# The transcript tells who did what, wakes those who wait for it, and shows when it was changed.
. "$(dirname "$0")/daemon.sh"

start || fail "it does not serve"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$T/key" -subj /CN=Deck \
    -out "$T/issuer.pem" 2>/dev/null
before=$(cardinal events --json | tail -1 | sed 's/.*"seq":\([0-9]*\).*/\1/')
http "http://x/v1/events?since=${before:-0}&wait=30" >"$T/code" &
waiter=$!
cardinal issuer add "$T/issuer.pem" | grep -q CN=Deck || fail "the issuer is not added"
wait $waiter
grep -q "by uid $(id -u)" "$T/answer" || fail "whoever waited heard nothing"
cardinal issuer add "$T/issuer.pem" 2>&1 | grep -q 'trusted already' || fail "twice"
[ "$(cardinal issuer list | grep -c CN=Deck)" = 1 ] || fail "it is there twice"
cardinal issuer add "$T/key" 2>"$T/said" && fail "a key is no issuer"
grep -q 'no certificate' "$T/said" || fail "it does not say what is wrong"

cardinal factory-reset </dev/null 2>"$T/said"
[ $? = 2 ] || fail "without a terminal it asks nobody"
cardinal factory-reset --yes 2>/dev/null || fail "no factory reset"
cardinal events | grep 'factory-reset' | grep -q "by uid $(id -u)" || fail "the reset is not told"
cardinal events --verify | grep -q whole || fail "the transcript is not whole"
n=$(cardinal events | wc -l)
[ "$(cardinal events --since $((n - 1)) | wc -l)" = 1 ] || fail "--since"

# Following ends with the daemon, and with Ctrl-C.
cardinal events --follow >"$T/followed" 2>/dev/null &
follower=$!
until_true 10 grep -q factory-reset "$T/followed" || fail "it follows nothing"
stop
wait $follower && fail "it does not say that the daemon went"
cp -r "$T/state" "$T/copy"

start || fail "it does not start again"
[ "$(cardinal events | wc -l)" = "$n" ] || fail "records are lost"
stop
if command -v sqlite3 >/dev/null; then
	table=$(sqlite3 "$T/state/cardinal.db" .schema | grep -o 'TABLE [a-z_]*' | grep -i 'record\|transcript\|event' |
	    sed 's/TABLE //' | head -1)
	sqlite3 "$T/state/cardinal.db" "DELETE FROM $table WHERE seq = 2" || fail "cannot tamper"
	start || fail "it does not start"
	cardinal events --verify 2>"$T/said" && fail "a record is missing and nobody sees it"
	grep -q 'record 2 is missing' "$T/said" || fail "it does not say which: $(cat "$T/said")"
	stop
fi
