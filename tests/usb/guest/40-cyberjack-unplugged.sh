#!/bin/sh
# The cyberJack's plug is pulled in an installation, as a card's PIN is typed: the ceremony says so and
# breaks off. It is plugged in again, is another device to kernel and pcscd, and the installation is resumed.
cd "$(dirname "$0")/../../.." && . tests/usb/guest/lib.sh
. tests/usb/guest/install.sh

start_pad
start_reader cyberjack
start_pcscd
eventually knows cyberJack
prepare cyberJack
background cardinal install --quorum 2of3
write_all anna bert
shows 'Insert 3. card / press OK/Cancel'
card cora
ok
shows 'Enter PIN'
pad press 1 2 3
pad unplug
finished 1
has "$(cat "$err")" 'the reader was unplugged' 'what the command says'
same inconsistent "$(word state)" state
eventually unknown cyberJack
fails 1 cardinal resume 2>"$LOGS/refusal"
same inconsistent "$(word state)" 'the state after a resume without a reader'

pad plug
eventually sees Yes cyberJack
set=$(word id)
background cardinal resume
# Two cards of the set give the key again, and the third one is written.
read_some anna bert
shows 'Write New Key / press OK/Cancel'
ok
shows 'Insert 3. card / press OK/Cancel'
card cora
ok
pin
read_some cora anna
finished 0
same operational "$(word state)" state
same "$set" "$(word id)" 'the set'
has "$(cardinal events --verify)" 'is whole'
