#ifndef CARDINAL_MODULE_VIEW_H
#define CARDINAL_MODULE_VIEW_H

#include <stdatomic.h>

#include "hsm/pkcs11/crypt.h"

/*
 * What the module remembers of an object: an encoded set of attributes that never changes; one that
 * is newer takes its place. Counted, so that nobody is locked out who still looks at it.
 */
struct view {
	atomic_uint refs;
	/* Of token objects: when it was fetched (module_link.h). */
	uint64_t epoch, stamp;
	_Atomic(struct crypt_key *) key;	/* of public keys, made at its first use */
	struct attrs attrs;
	uint8_t bytes[];
};

/* A copy with one reference; NULL: no memory. */
struct view *view_new(const struct attrs *);
struct view *view_ref(struct view *);
/* NULL is allowed. */
void view_free(struct view *);

/* The key made ready, which lives as long as the view. */
CK_RV view_key(struct view *, struct crypt *, struct crypt_key **);
CK_OBJECT_CLASS view_class(const struct view *);

#endif
