#!/bin/sh
# Somebody changes the stored keys while the daemon is down: bits flipped, records exchanged, moved,
# hidden, removed and put back in an older state. Each is found, and no key is used then. In
# SoftHSM2, two flipped bytes make a "never extractable" key readable.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/p11.sh
p11_sandbox
db=$CARDINAL_STATE/cardinal.db
session="C_Initialize os C_OpenSession $slot rw s C_Login s user text:$pin"

sql() {
	sqlite3 -batch "$db" "$1"
}

stopped() {
	kill -TERM "$daemon"
	eventually sh -c "! kill -0 $daemon 2>/dev/null"
}

# Keeps the state as it is under a name, the whole directory, and puts it back.
keep() {
	rm -rf "$T/$1"
	cp -a "$CARDINAL_STATE" "$T/$1"
}

put_back() {
	find "$CARDINAL_STATE" -mindepth 1 -delete
	cp -a "$T/$1/." "$CARDINAL_STATE"
}

# flip TABLE WHERE AT: one bit of the sealed bytes, at AT percent of them.
flip() {
	hex=$(sql "SELECT hex(sealed) FROM $1 WHERE $2")
	at=$((${#hex} / 2 * $3 / 100 * 2))
	digit=$(printf %s "$hex" | cut -c $((at + 1)))
	new=$(printf '%X' $((0x$digit ^ 1)))
	sql "UPDATE $1 SET sealed = x'$(printf %s "$hex" | sed "s/./$new/$((at + 1))")' WHERE $2"
}

# found HOW: the daemon starts, and neither signs with the key nor shows the token's objects.
found() {
	begin
	if p11 $session find s label=secret,class=private_key k count 1 C_SignInit s ECDSA k \
	    C_Sign s zero:32 find s label=other,class=private_key k count 1 \
	    C_SignInit s ECDSA k C_Sign s zero:32 find s label=open o count 1 \
	    C_GetAttributeValue s o value >"$T/said" 2>&1; then
		die "$1 is not found: $(cat "$T/said")"
	fi
	has "$(cardinal slot show "$slot")" damaged "the slot after: $1"
	# The others are not touched by it.
	p11 C_Initialize os C_OpenSession 3 rw s C_Login s user "text:$pin"
	stopped
	put_back whole
}

for key in secret other; do
	p11 $session C_GenerateKeyPair s EC_KEY_PAIR_GEN ec_params=p256,token=yes,label=$key \
	    token=yes,label=$key pub priv
done
p11 $session C_CreateObject s class=data,token=yes,private=no,label=open,value=00 o
stopped
keep older
begin
p11 $session find s label=secret,class=private_key k C_SetAttributeValue s k sign=no \
    C_SetAttributeValue s k sign=yes find s label=open o C_SetAttributeValue s o label=moved \
    C_SetAttributeValue s o label=open
stopped
keep whole

# Which rows are the private keys, and which the public objects.
private=$(sql "SELECT id FROM entry WHERE slot = $slot AND domain = 2 ORDER BY id LIMIT 1")
private2=$(sql "SELECT id FROM entry WHERE slot = $slot AND domain = 2 ORDER BY id DESC LIMIT 1")
public=$(sql "SELECT id FROM entry WHERE slot = $slot AND domain = 1 ORDER BY id DESC LIMIT 1")
[ -n "$private" ] && [ -n "$public" ] && [ "$private" != "$private2" ] || die 'no such rows'

for at in 0 7 50 99; do
	flip object "id = $private" $at
	found "a bit of a private key, at $at %"
done
flip object "id = $public" 50
found 'a bit of a public object'
flip slot "number = $slot" 50
found "a bit of the slot's record"
flip manifest "slot = $slot AND domain = 2" 50
found 'a bit of the manifest'

sql "UPDATE object SET sealed = (SELECT sealed FROM object o WHERE o.id = $private2 + $private - object.id)
    WHERE id IN ($private, $private2)"
found 'two keys exchanged'
sql "DELETE FROM object WHERE id = $private; DELETE FROM entry WHERE id = $private;
    DELETE FROM term WHERE id = $private"
found 'a key removed with all that names it'
sql "DELETE FROM term WHERE id = $private"
found 'a key that no search finds any more'
sql "UPDATE object SET slot = 2 WHERE id = $private; UPDATE entry SET slot = 2 WHERE id = $private;
    UPDATE term SET slot = 2 WHERE id = $private" 
found 'a key moved into another slot'

old="ATTACH '$T/older/cardinal.db' AS old; "
sql "$old UPDATE object SET sealed = (SELECT sealed FROM old.object o WHERE o.id = object.id)
    WHERE id = $private;
    UPDATE entry SET revision = (SELECT revision FROM old.entry o WHERE o.id = entry.id),
    tag = (SELECT tag FROM old.entry o WHERE o.id = entry.id) WHERE id = $private"
found 'an older state of a key'
sql "$old DELETE FROM entry WHERE slot = $slot; INSERT INTO entry SELECT * FROM old.entry
    WHERE slot = $slot; DELETE FROM object WHERE slot = $slot; INSERT INTO object SELECT * FROM
    old.object WHERE slot = $slot; DELETE FROM manifest WHERE slot = $slot; INSERT INTO manifest
    SELECT * FROM old.manifest WHERE slot = $slot; DELETE FROM term WHERE slot = $slot;
    INSERT INTO term SELECT * FROM old.term WHERE slot = $slot"
found 'all objects of a slot and their manifest in an older state'

# And what is whole still serves.
begin
p11 $session find s label=secret,class=private_key k C_SignInit s ECDSA k C_Sign s zero:32
