#include "tests/unit/module_user.h"

#include <pthread.h>

/* Objects that the module keeps itself. */

enum { CHANGES = 30000 };

struct changer {
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE object;
	CK_ATTRIBUTE_TYPE type;
	int lost;
};

/* Sets one attribute, and looks whether it has stayed so: nobody else sets it. */
static void *
changes(void *arg)
{
	struct changer *c = arg;
	int is;
	CK_ATTRIBUTE get = { c->type, &is, sizeof(is) };

	for (int i = 0; i < CHANGES; i++) {
		CK_ATTRIBUTE set = { c->type, &i, sizeof(i) };

		if (f->C_SetAttributeValue(c->session, c->object, &set, 1) != CKR_OK ||
		    f->C_GetAttributeValue(c->session, c->object, &get, 1) != CKR_OK || is != i)
			c->lost++;
	}
	return NULL;
}

static void
of_two_changes_at_once_none_is_lost(void)
{
	static const CK_ATTRIBUTE_TYPE types[] = { CKA_LABEL, CKA_ID };
	CK_SESSION_HANDLE h = user_begin();
	CK_OBJECT_HANDLE key, priv;
	struct changer c[N(types)];
	pthread_t threads[N(types)];

	user_pair(h, &no, &key, &priv);
	for (size_t i = 0; i < N(types); i++) {
		c[i] = (struct changer){ user_session(SLOT), key, types[i], 0 };
		OK(pthread_create(&threads[i], NULL, changes, &c[i]));
	}
	for (size_t i = 0; i < N(types); i++) {
		OK(pthread_join(threads[i], NULL));
		CU_ASSERT_EQUAL(c[i].lost, 0);
	}
	user_end();
}

static const struct sentence table[] = {
	SENTENCE(of_two_changes_at_once_none_is_lost),
};
SUITE("module_object", table)
