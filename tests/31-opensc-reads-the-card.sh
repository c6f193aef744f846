#!/bin/sh
# Stock OpenSC, without configuration, walks the card: its templates, rules and status words are
# those that the tcos driver understands, and the share stays closed to whoever has no channel.
cd "$(dirname "$0")/.." && . tests/lib.sh
in_sandbox
new_card anna

has "$(opensc-tool --name 2>/dev/null)" TCOS 'the driver'
has "$(opensc-tool --serial 2>/dev/null)" '^89 49 ' 'the serial number'
# It prints all digits but the last, which is a check digit on other cards, and finds no NetKey.
serial=$(cardinal-pad card show anna | sed -n 's/^serial *//p')
has "$(netkey-tool 2>/dev/null)" "^Serial-Number: ${serial%?}\$" 'the serial number for netkey-tool'

talk=$(printf '%s\n' 'cat 2F02' 'info 2F02' 'cd 5A01' 'info 4101' 'verify CHV129 "111111"' \
    'verify CHV129 "123456"' 'apdu 00A4020C024102' 'apdu 00B0000000' 'apdu 00A4020C024101' \
    'apdu 00B0000010' quit | opensc-explorer 2>&1)
has "$talk" '^00000000: 5A 0A 89 49 ' 'EF.GDO'
has "$talk" 'File size: *12 bytes' 'its size'
has "$talk" 'File path: *3F00/5A01/4101' 'the header'
has "$talk" 'Life cycle: *Operational, activated' 'its life cycle'
has "$talk" 'ACL for READ: *NONE' 'its rule'
has "$talk" 'Incorrect code, 2 tries left' 'a wrong PIN'
has "$talk" 'Code correct' 'the right PIN'
has "$talk" 'SW1=0x69, SW2=0x82' 'the share, after the PIN but without a channel'
has "$talk" '^00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 ' 'the header of an empty share'
