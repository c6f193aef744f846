#!/bin/sh
# ssh-keygen shows the public keys of the slot without a PIN; ssh-agent signs with them, and an
# sshd lets in who has them.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/p11.sh
p11_sandbox
for type in rsa:2048 EC:prime256v1; do
	in_tool --keypairgen --key-type $type --label "ssh-${type%:*}" --id "$(printf %04d ${#type})" --usage-sign \
	    >/dev/null
done

ssh-keygen -D "$module" >"$T/keys" 2>"$T/err" || die "ssh-keygen -D: $(cat "$T/err")"
grep -E '^(ssh-rsa|ecdsa-sha2-nistp256) .*ssh-(rsa|EC)$' "$T/keys" >"$T/ours"
same 2 "$(grep -c . "$T/ours")" 'keys that ssh-keygen shows'
keys_spki ssh-rsa
openssl pkey -pubin -inform DER -in "$T/ssh-rsa.spki" -out "$T/ssh-rsa.pub"
ssh-keygen -i -m PKCS8 -f "$T/ssh-rsa.pub" >"$T/wanted"
same "$(cut -d ' ' -f 2 "$T/wanted")" "$(grep ^ssh-rsa "$T/ours" | cut -d ' ' -f 2)" 'the RSA key'

# The PIN goes to the agent by its own question, which a program answers here.
printf '#!/bin/sh\necho %s\n' "$pin" >"$T/askpass"
chmod 700 "$T/askpass"
# -P: what the agent may load; it is for its user alone.
eval "$(ssh-agent -s -a "$T/agent" -P "$(realpath "$module"),$module")" >/dev/null
trap 'kill $SSH_AGENT_PID; [ "${P11_PEER-}" != softhsm ] || rm -rf "$T"' EXIT
SSH_ASKPASS=$T/askpass SSH_ASKPASS_REQUIRE=force DISPLAY=:0 ssh-add -s "$module" >"$T/said" 2>&1 ||
    die "ssh-add -s: $(cat "$T/said")"
ssh-add -L >"$T/listed"
printf 'what is signed' >"$T/text"
for kind in ssh-rsa ecdsa-sha2-nistp256; do
	grep "^$kind " "$T/ours" >"$T/key.pub"
	has "$(cat "$T/listed")" "$(cut -d ' ' -f 2 "$T/key.pub")" 'what the agent has'
	ssh-keygen -Y sign -f "$T/key.pub" -n test <"$T/text" >"$T/sig" 2>"$T/err" ||
	    die "the agent does not sign with $kind: $(cat "$T/err")"
	printf 'anna %s\n' "$(cut -d ' ' -f 1,2 "$T/key.pub")" >"$T/signers"
	ssh-keygen -Y verify -f "$T/signers" -I anna -n test -s "$T/sig" <"$T/text" >/dev/null ||
	    die "the signature by $kind"
done
ssh-add -e "$module" >/dev/null 2>&1
! ssh-add -L | grep -q ssh-EC || die 'the agent keeps keys that were taken from it'
