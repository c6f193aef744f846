#!/bin/sh
# Threads that initialise the module at the same moment, again and again, all get on; a fork in the
# middle of a session leaves parent and child well. SoftHSM2 crashes in the one and fails the other.
cd "$(dirname "$0")/.." && . tests/lib.sh
. tests/p11.sh
p11_sandbox
i=0
while [ $i -lt 40 ]; do
	p11 at_once 16 C_OpenSession "$slot" ro s C_GetSessionInfo s C_Finalize null at_once 2 \
	    C_Finalize null
	i=$((i + 1))
done

# The child's state is not the parent's: it begins anew, and the parent goes on as if nothing were.
p11 C_Initialize os C_OpenSession "$slot" rw s C_Login s user "text:$pin" \
    C_GenerateKey s AES_KEY_GEN value_len=16,token=no k \
    twice -C_GetSessionInfo s >"$T/fork"
same 'C_GetSessionInfo CKR_CRYPTOKI_NOT_INITIALIZED
C_GetSessionInfo CKR_OK count 3' "$(cat "$T/fork")" 'child and parent after a fork'
p11 C_Initialize os C_OpenSession "$slot" rw s C_Login s user "text:$pin" \
    C_GenerateKey s AES_KEY_GEN value_len=16,token=no k C_EncryptInit s AES_ECB k \
    twice -C_Initialize os -C_Encrypt s zero:16 -C_OpenSession "$slot" ro s2 >"$T/fork"
same 'C_Initialize CKR_OK
C_Encrypt CKR_SESSION_HANDLE_INVALID
C_OpenSession CKR_OK
C_Initialize CKR_CRYPTOKI_ALREADY_INITIALIZED
C_Encrypt CKR_OK 16
C_OpenSession CKR_OK' "$(cat "$T/fork")" 'child and parent after a fork'
