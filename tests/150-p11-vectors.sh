#!/bin/sh
# Published test vectors go through the module: each signature, cipher, MAC, digest and derivation.
#
# They are those of NIST's CAVP and of RFCs, as Debian's python3-cryptography-vectors has them; its
# copyright file says that they are non-copyrightable and what surrounds them is under the Apache
# License 2.0. Nothing of them is in this tree. VECTORS=all takes every record, which takes minutes;
# else large files give each n-th.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/p11.sh
p11_sandbox
data=$(python3 -c 'import cryptography_vectors as v; print(v.__path__[0])' 2>/dev/null ||
    echo /usr/lib/python3/dist-packages/cryptography_vectors)
[ -d "$data/CMAC" ] || data=/usr/lib/python3/dist-packages/cryptography_vectors

# vectors FAMILY EACH FILE...: each EACH-th record.
vectors() {
	family=$1 each=$2
	shift 2
	[ "${VECTORS-}" != all ] || each=1
	with_module "$tool" "$slot" "$pin" "$family" "$each" "$@" || failed="$failed $family"
}
tool=$PWD/build/tests/tools/p11_vectors
failed=
cd "$data"

for n in 1 224 256 384 512; do
	dir=SHA2
	[ $n != 1 ] || dir=SHA1
	vectors digest:sha$n 10 hashes/$dir/SHA${n}ShortMsg.rsp hashes/$dir/SHA${n}LongMsg.rsp
done
vectors hmac:SHA_1_HMAC 1 HMAC/rfc-2202-sha1.txt
for n in 224 256 384 512; do
	vectors hmac:SHA${n}_HMAC 1 HMAC/rfc-4231-sha$n.txt
done
vectors cmac 1 CMAC/nist-800-38b-aes*.txt
vectors aes:ecb 50 ciphers/AES/ECB/ECB*.rsp
vectors aes:cbc 50 ciphers/AES/CBC/CBC*.rsp
vectors aes:ctr 1 ciphers/AES/CTR/aes-*-ctr.txt
vectors gcm 400 ciphers/AES/GCM/gcm*.rsp
vectors wrap:kw 60 keywrap/kwtestvectors/KW_A[ED]_???.txt
vectors wrap:kwp 60 keywrap/kwtestvectors/KWP_A[ED]_???.txt
vectors hkdf:sha1 1 KDF/rfc-5869-HKDF-SHA1.txt
vectors hkdf:sha256 1 KDF/rfc-5869-HKDF-SHA256.txt
vectors ecdsa 20 asymmetric/ECDSA/FIPS_186-3/SigGen.txt
vectors ecdsa 20 asymmetric/ECDSA/SECP256K1/SigGen.txt
vectors ecdh 2 asymmetric/ECDH/KASValidityTest_ECCStaticUnified_NOKC_ZZOnly_init.fax
vectors brainpool 1 asymmetric/ECDH/brainpool.txt
vectors x25519 1 asymmetric/X25519/rfc7748.txt
vectors ed25519 50 asymmetric/Ed25519/sign.input
vectors rsa:pkcs 4 asymmetric/RSA/FIPS_186-2/SigGen15_186-3.rsp
vectors rsa:pkcs 4 asymmetric/RSA/FIPS_186-2/SigVer15_186-3.rsp
vectors rsa:pss 4 asymmetric/RSA/FIPS_186-2/SigVerPSS_186-3.rsp
# Their names have the MGF's hash first.
for hash in sha224 sha256 sha384 sha512; do
	vectors oaep:$hash-sha1 10 asymmetric/RSA/oaep-custom/oaep-sha1-$hash.txt
	vectors oaep:sha1-$hash 10 asymmetric/RSA/oaep-custom/oaep-$hash-sha1.txt
	vectors oaep:$hash-$hash 10 asymmetric/RSA/oaep-custom/oaep-$hash-$hash.txt
done
[ -z "$failed" ] || die "failed:$failed"
