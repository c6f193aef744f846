#ifndef CARDINAL_MODULE_OP_H
#define CARDINAL_MODULE_OP_H

#include "hsm/pkcs11/crypt.h"
#include "hsm/pkcs11/module_handle.h"

struct session;

/*
 * What C_SignInit, C_VerifyInit, C_EncryptInit and C_DecryptInit begin: one of each kind in a
 * session. Nothing is said to vault before there is data, and nothing at all when the key is a
 * public one. Data in parts is kept until it has to be sent, so that short messages are one call.
 *
 * An operation ends with any error, but for CKR_BUFFER_TOO_SMALL; one on a private key ends with
 * the logout.
 */
enum op_kind { OP_SIGN, OP_VERIFY, OP_ENCRYPT, OP_DECRYPT, OP_KINDS };

enum op_style {
	STYLE_WHOLE,	/* in one piece alone */
	STYLE_JOIN,	/* in one piece for the key, which parts make up */
	STYLE_HASH,	/* hashed here, signed as a digest */
	STYLE_PARTS,	/* in parts, in vault too: MACs, modes of AES */
};

struct op {
	uint8_t active;
	uint8_t parts;			/* an Update was made */
	uint8_t finished;		/* the last bytes are in out until there is room */
	uint8_t needs_ticket;		/* CKA_ALWAYS_AUTHENTICATE */
	CK_FLAGS function;		/* CKF_SIGN, ... */
	enum op_style style;
	struct held key;
	uint64_t ticket;
	uint64_t remote, remote_epoch;	/* vault's operation, 0: not begun */
	uint64_t fed, given;		/* bytes of a cipher, in parts */
	struct crypt_digest *digest;
	uint8_t *data;			/* n bytes, not sent yet */
	size_t n, cap;
	uint8_t *out;
	size_t out_n, out_cap;
	struct mech mech;
};

/* A NULL mechanism ends an active one (PKCS #11 Base 3.0, 5.8.1 and others). */
CK_RV op_begin(struct module *, struct session *, enum op_kind, const CK_MECHANISM *,
    CK_OBJECT_HANDLE);
/* The active one, or CKR_OPERATION_NOT_INITIALIZED. */
CK_RV op_active(struct module *, struct session *, enum op_kind, struct op **);
/* Whether it may do its work: CKR_USER_NOT_LOGGED_IN while its key wants a login of its own. */
CK_RV op_ready(const struct op *);
/* Ends it, in vault as well, and wipes; its memory stays for the next. */
void op_end(struct module *, struct op *);
void op_free(struct module *, struct op *);

/* C_Login with CKU_CONTEXT_SPECIFIC. */
CK_RV op_log_in(struct module *, struct session *, const CK_UTF8CHAR *pin, CK_ULONG n);

/* Whether its key is one that the module works with itself. */
int op_local(const struct op *);
CK_RV op_key(struct module *, const struct op *, struct crypt_key **);

/* Into op->data: CKR_HOST_MEMORY; and into op->out. */
CK_RV op_keep(struct op *, const uint8_t *, size_t n);
CK_RV op_keep_out(struct op *, const uint8_t *, size_t n);
/* More of what is hashed here. */
CK_RV op_hash(struct module *, struct op *, const uint8_t *, size_t n);

/*
 * Calls. In one piece: what comes out into out, which has room for *n bytes; sig is NULL but for a
 * verification. CKR_BUFFER_TOO_SMALL tells how many would be needed.
 */
CK_RV op_whole(struct module *, struct op *, uint8_t id, const struct wire_bytes *data,
    const struct wire_bytes *sig, uint8_t *out, size_t *n);
/* In parts: begins vault's operation where it has not; what comes out is kept in op->out. */
CK_RV op_send(struct module *, struct op *, const uint8_t *, size_t n);
CK_RV op_finish(struct module *, struct op *, const struct wire_bytes *sig);

#endif
