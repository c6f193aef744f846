#ifndef CARDINAL_VAULTLINK_H
#define CARDINAL_VAULTLINK_H

#include "card-os/iso7816/buf.h"
#include "hsm/admin/slot_order.h"
#include "hsm/keys/lock.h"
#include "hsm/vault/people.h"

/*
 * What ward asks vault, over socket pairs that keep packets apart. One call
 * a packet, answered by one packet, in order:
 *
 *   request = id:1 arguments        answer = id:1 status:4 [result, when status is 0]
 *
 * Integers are big-endian, a status is 0 or an ERR_*; texts are a length of two bytes and
 * bytes without NUL. Each message is described once, for both directions and
 * both ends, and has exactly its length.
 */
enum vaultlink_id {
	VAULT_STATUS = 1,
	VAULT_BEGIN,
	VAULT_SET,
	VAULT_WRITTEN,
	VAULT_RECORD,
	VAULT_COMMIT,
	VAULT_BROKEN,
	VAULT_RESET,
	VAULT_EVENTS,
	VAULT_VERIFY,
	VAULT_ISSUER_ADD,
	VAULT_ISSUER,
	VAULT_PLAN,		/* of the slots, for the installation that is to begin */
	VAULT_UNPLAN,
	VAULT_TRIAL,
	VAULT_SLOTS,
	VAULT_SLOT_MODE,	/* in the order of enum slot_act */
	VAULT_SLOT_ACTIVATE,
	VAULT_SLOT_DEACTIVATE,
	VAULT_SLOT_SHOW,
	VAULT_SLOT_WIPE,
	VAULT_SLOT_CARDS,	/* the order for mode cards, which waits for `finish` */
	VAULT_ENROLLED,		/* hsm/ceremony/gate.h, to `finish` */
	VAULT_ENROL,
	VAULT_FINISH,
	VAULT_OPENING_ASK,	/* for a slot of the plan that was just made */
	VAULT_OPENING_NEXT,	/* waits until there is one */
	VAULT_OPENING_SEAT,
	VAULT_OPENING_CHALLENGE,
	VAULT_OPENING_PROOF,
	VAULT_OPENING_END,
	VAULT_WHOSE,
	VAULT_CALLS,		/* one more than the last */
};

enum {
	VAULT_EVENTS_MAX = 32,		/* records in one answer */
	/* a plan with all its codes is the longest */
	VAULT_REQUEST_MAX = 1 + SLOTS * (5 + 2 * SLOT_CODE_MAX),
	VAULT_ANSWER_MAX = 5 + 2 + VAULT_EVENTS_MAX * 700,
};

union vaultlink_args {
	struct { char ceremony[STEP_NAME_MAX]; } begin;
	struct share_set set;
	struct {
		uint8_t x;
		char serial[RECORD_CARD_MAX + 1];
		uint8_t check[CHECK_LEN];
	} written;
	struct record record;
	struct mbk commit;
	struct { char message[MESSAGE_MAX]; } broken;
	struct { uint64_t since; uint16_t max; } events;
	struct { uint16_t n; uint8_t der[ISSUER_MAX]; } issuer_add;
	struct { uint16_t i; } issuer;
	struct slot_plan plan[SLOTS];
	struct slot_order slot;		/* but for its readers, which are ward's affair */
	struct { uint8_t slot, user; struct user_seat seat; } enrol;	/* enrolled: no seat */
	struct { uint8_t slot; } ask;
	struct {
		uint64_t number;
		uint8_t user;			/* seat, challenge, proof */
		uint8_t signature[USER_MODULUS];
		uint8_t z[LOCK_SECRET];		/* secret */
		uint8_t why, begun;		/* end; why: an ERR_* without its sign */
	} opening;
	struct user_keys whose;
};

union vaultlink_result {
	struct { struct hsm_status hsm; uint64_t seq; } status;	/* seq: of the last record */
	struct { uint16_t n; struct event v[VAULT_EVENTS_MAX]; } events;
	struct { uint8_t whole; uint64_t seq; } verify;	/* seq: first record that does not fit */
	struct { uint16_t n; uint8_t der[ISSUER_MAX]; } issuer;
	struct slot_info slots[SLOTS];
	char shown[SLOT_CODE_MAX + 1];	/* a secret: of SLOT_ACT_SHOW */
	/* of SLOT_ACT_MODE and SLOT_ACT_ACTIVATE: see struct slot_done */
	struct { uint8_t asks; uint64_t opening; } asked;
	struct user_seat seat;		/* enrolled, seat */
	struct opening opening;		/* next */
	struct { uint64_t opening; } ask;
	struct { uint8_t text[CHALLENGE_LEN], point[USER_POINT]; } challenge;
	struct { uint8_t slot, user; } whose;
};

/* The call's name, for logs; "?" when there is no such call. */
const char *vaultlink_name(uint8_t id);

/*
 * Codecs. Putting only reads the message: ERR_SIZE, ERR_ARG. Getting: 0 or ERR_FORMAT, and nothing
 * half-read.
 */
int vaultlink_put_request(struct wr *, uint8_t id, union vaultlink_args *);
int vaultlink_get_request(const uint8_t *, size_t n, uint8_t *id, union vaultlink_args *);
int vaultlink_put_answer(struct wr *, uint8_t id, int status, union vaultlink_result *);
int vaultlink_get_answer(const uint8_t *, size_t n, uint8_t id, int *status,
    union vaultlink_result *);

#endif
