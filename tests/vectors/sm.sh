#!/bin/bash
# Prints the values of tests/unit/sm_known.h: made with the openssl command alone, from the formulas
# of card-os/iso7816/sm.h. The shared secret Z is that of NIST's CAVP, ECC CDH primitive, P-256,
# COUNT 0.
set -eu
Z=46fc62106420ff012e54a434fbdd2d25ccc5852060561e68040dd7778997bd7b
N=0102030405060708
host=04ead218590119e8876b29146ff89ca61770c4edbbf97d38ce385ed281d8a6b230
host+=28af61281fd35e2fa7002523acc85a429cb06ee6648325389f59edfce1405141

bytes() { printf "$(printf %s "$1" | sed 's/../\\x&/g')"; }
text() { od -An -v -tx1 | tr -d ' \n'; }
kdf() { bytes "$Z$N$1" | openssl dgst -sha256 -binary | text; }
cmac() { openssl mac -cipher AES-256-CBC -macopt "hexkey:$Kmac" -in <(bytes "$1") CMAC | cut -c1-16; }
iv() { bytes "$1" | openssl enc -aes-256-ecb -K "$Kenc" -nopad | text; }
cbc() { bytes "$2" | openssl enc -aes-256-cbc -K "$Kenc" -iv "$(iv "$1")" -nopad | text; }
z() { printf "%0$(($1 * 2))d" 0; }

Kenc=$(kdf 00000001)
Kmac=$(kdf 00000002)
ssc1=$(z 15)01
ssc2=$(z 15)02
hpad=80$(z 11)
c1=871101$(cbc $ssc1 01020380$(z 12))
c2=871101$(cbc $ssc2 a1a2a3a480$(z 11))
echo "Kenc      $Kenc"
echo "Kmac      $Kmac"
echo "token     $(cmac 7f494f060a04007f000702020302048641$host)"
echo "case 1    0ca4000c0a8e08$(cmac ${ssc1}0ca4000c$hpad)00"
echo "case 2    0cb000000d9701108e08$(cmac ${ssc1}0cb00000${hpad}97011080$(z 12))00"
echo "case 4    0c86000020${c1}9701048e08$(cmac ${ssc1}0c860000$hpad${c1}97010480$(z 9))00"
echo "data      ${c2}990290008e08$(cmac $ssc2${c2}9902900080$(z 8))9000"
echo "no data   990269828e08$(cmac ${ssc2}9902698280$(z 11))6982"
