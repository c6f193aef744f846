#!/bin/sh
# An outcome that nobody answers stays for its two seconds and goes by itself; Cancel at it ends the ceremony.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/ceremony.sh
. tests/mistakes.sh
in_sandbox --hsm

deck anna
asked_for 'Write New Key / press OK/Cancel'
line press ok
asks 1 anna
pin_is 654321
begins install --quorum 2of3
go 'a wrong PIN'
at_once 'wait "Wrong PIN 2 left"'
since=$(date +%s%N)
at_once 'wait "Enter PIN"'
ms=$((($(date +%s%N) - since) / 1000000))
[ $ms -gt 1500 ] || die "the outcome went after $ms ms"
[ $ms -lt 5000 ] || die "the outcome went only after $ms ms"
line press 1 2 3 ok
asked_for 'PIN too short'
line press cancel
go Cancel
finished 3
broken_off "backup-create, card 1 of 3 ($(serial anna)), step pin: Cancel was pressed. $(ways_out 0)"
