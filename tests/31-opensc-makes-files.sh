#!/bin/sh
# opensc-explorer, without configuration, lists, creates, fills and deletes files: in an application
# after its PIN, which is entered at the pad, and in the MF never.
cd "$(dirname "$0")/.." && . tests/lib.sh
in_sandbox
. tests/stock.sh
new_card anna

cat >"$SANDBOX_LOGS/script" <<'EOF'
ls
create 4111 20
cd 5A01
create 4111 20
verify CHV129
create 4111 20
create 4111 20
update_binary 4111 2 "CAFE"
cat 4111
mkdir 5A11 100
ls
cd 5A11
create 4112 5
ls
cd ..
delete 4111
cat 4111
delete 5A11
ls
EOF
works 'Enter PIN' 123456 -- opensc-explorer "$SANDBOX_LOGS/script"
# Refused in the MF, and in 5A01 before the PIN; refused twice; what was written; with a DF, in it,
# and after both are gone.
same 'FileID Type Size
[5A01] DF 0 Name: \xF0CARDINAL\x01
[5A02] DF 0 Name: \xF0CARDINAL\x02
[5015] DF 0 Name: \xA0\x00\x00\x00cPKCS-15
2F00 wEF 120
2F02 wEF 12
2F03 wEF its own
CREATE FILE failed: Security status not satisfied
ACL for operation: N/A
CREATE FILE failed: Security status not satisfied
ACL for operation: NONE
Code correct.
CREATE FILE failed: File already exists
Total of 4 bytes written to 4111 at offset 2.
00000000: 00 00 43 41 46 45 00 00 00 00 00 00 00 00 00 00 ..CAFE..........
00000010: 00 00 00 00 ....
FileID Type Size
[5A11] DF 0 Name: foo
5081 iEF 56
4102 wEF 128
4101 wEF 64
4111 wEF 20
FileID Type Size
4112 wEF 5
unable to select file: File not found
FileID Type Size
5081 iEF 56
4102 wEF 128
4101 wEF 64' "$(printf '%s\n' "$said" | tr -s ' \t' ' ' | sed '1,2d; s/^ //; s/ $//; /^$/d
    /^Please enter PIN/d; s/foo-[0-9]*$/foo/; s/^\(2F03 wEF\) .*/\1 its own/')" \
    'what opensc-explorer says'
