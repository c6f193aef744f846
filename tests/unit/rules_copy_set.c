#include "tests/unit/template.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/suite.h"

static struct sheet source, object, template;

static void
create(const char *text, const struct rules_who *who)
{
	sheet(&source, "");
	CU_ASSERT_EQUAL_FATAL(rules_make(HOW_CREATE, CK_UNAVAILABLE_INFORMATION,
	    CK_UNAVAILABLE_INFORMATION, CK_UNAVAILABLE_INFORMATION, who, sheet(&template, text),
	    &source.set), CKR_OK);
}

struct row {
	const char *why, *source, *template;
	const struct rules_who *who;
	CK_RV set, copy;	/* what both functions say to the same template */
	const char *object;	/* what the copy is */
};

static void
run(const struct row *row)
{
	static struct sheet before;
	CK_RV rv;

	/* The SO makes what the SO alone can. */
	create(row->source, strstr(row->source, " TRUSTED=1") != NULL ? &so : &user);
	sheet(&before, "");
	attrs_copy(&before.set, &source.set);
	sheet(&template, row->template);
	sheet(&object, "");
	rv = rules_copy(row->who, &source.set, &template.set, &object.set);
	if (rv != row->copy || (rv != CKR_OK && object.set.n != 0) ||
	    (rv == CKR_OK && row->object != NULL && !has_words(&object.set, row->object))) {
		fprintf(stderr, "copy, %s: %lx, not %lx\n", row->why, rv, row->copy);
		CU_FAIL(row->why);
	}
	CU_ASSERT_EQUAL(source.set.n, before.set.n);
	SAME(source.p, before.p, before.set.n);
	rv = rules_set(row->who, &source.set, &template.set);
	if (rv != row->set || (rv == CKR_OK && !has_words(&source.set, row->template))) {
		fprintf(stderr, "set, %s: %lx, not %lx\n", row->why, rv, row->set);
		CU_FAIL(row->why);
	}
	/* On an error nothing has changed. */
	if (rv != CKR_OK && (source.set.n != before.set.n ||
	    memcmp(source.p, before.p, before.set.n) != 0))
		CU_FAIL(row->why);
}

#define RUN(rows) \
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) \
		run(&rows[i])

#define RO CKR_ATTRIBUTE_READ_ONLY

static void
what_may_be_changed_is_changed_and_nothing_else(void)
{
	/* PKCS #11 Base 2.40, 4.2, footnote 8, and 4.4 */
	static const struct row rows[] = {
		{ "nothing", AES_KEY, "", &user, CKR_OK, CKR_OK, NULL },
		{ "label", AES_KEY, "LABEL='b", &user, CKR_OK, CKR_OK, "LABEL='b" },
		{ "id, as NSS does", EC_PRIV, "ID=20*01", &user, CKR_OK, CKR_OK, "ID=20*01" },
		{ "dates", AES_KEY, "START_DATE='20240101", &user, CKR_OK, CKR_OK, NULL },
		{ "use", AES_KEY, "ENCRYPT=0", &user, CKR_OK, CKR_OK, "ENCRYPT=0 DECRYPT=1" },
		{ "subject of a key", EC_PUB, "SUBJECT=3000", &user, CKR_OK, CKR_OK, NULL },
		{ "issuer", CERT, "ISSUER=3000 SERIAL_NUMBER=020101", &user, CKR_OK, CKR_OK, NULL },
		{ "subject of a certificate", CERT, "SUBJECT=3001", &user, RO, RO, NULL },
		{ "value of a certificate", CERT, "VALUE=3001", &user, RO, RO, NULL },
		{ "dates of a certificate", CERT, "START_DATE='20240101", &user, RO, RO, NULL },
		{ "class", AES_KEY, "CLASS=private", &user, RO, RO, NULL },
		{ "key type", AES_KEY, "KEY_TYPE=generic", &user, RO, RO, NULL },
		{ "its own class", AES_KEY, "CLASS=secret", &user, CKR_OK, CKR_OK, NULL },
		{ "value", AES_KEY, "VALUE=16*42", &user, RO, RO, NULL },
		{ "its own value: no guessing", AES_KEY, "VALUE=16*41", &user, RO, RO, NULL },
		{ "modulus", RSA_PUB, "MODULUS=256*c5", &user, RO, RO, NULL },
		{ "point", EC_PUB, "EC_POINT=$off", &user, RO, RO, NULL },
		{ "local", AES_KEY, "LOCAL=1", &user, RO, RO, NULL },
		{ "always sensitive", AES_KEY, "ALWAYS_SENSITIVE=1", &user, RO, RO, NULL },
		{ "never extractable", AES_KEY, "NEVER_EXTRACTABLE=1", &user, RO, RO, NULL },
		{ "unique id", AES_KEY, "UNIQUE_ID='x", &user, RO, RO, NULL },
		{ "mechanisms", AES_KEY, "ALLOWED_MECHANISMS=aes-ecb", &user, RO, RO, NULL },
		{ "any mechanism", AES_KEY "ALLOWED_MECHANISMS=aes-ecb", "ALLOWED_MECHANISMS=",
		    &user, RO, RO, NULL },
		{ "asking again", EC_PRIV, "ALWAYS_AUTHENTICATE=1", &user, RO, RO, NULL },
		{ "data", "CLASS=data", "VALUE=41", &user, RO, RO, NULL },
		{ "token", "CLASS=data", "TOKEN=1", &user, RO, CKR_OK, "TOKEN=1" },
		{ "private", "CLASS=data PRIVATE=0", "PRIVATE=1", &user, RO, CKR_OK, "PRIVATE=1" },
		{ "modifiable", "CLASS=data", "MODIFIABLE=0", &user, RO, CKR_OK, "MODIFIABLE=0" },
		{ "destroyable", "CLASS=data", "DESTROYABLE=0", &user, RO, CKR_OK, "DESTROYABLE=0" },
		{ "copyable", "CLASS=data", "COPYABLE=0", &user, CKR_OK, CKR_OK, "COPYABLE=0" },
		{ "one good, one bad", AES_KEY, "LABEL='b LOCAL=1", &user, RO, RO, NULL },
	};

	RUN(rows);
}

static void
some_things_go_one_way_only(void)
{
	/* Footnotes 10, 11 and 12; 4.4; 4.10 */
	static const struct row rows[] = {
		{ "more sensitive", AES_KEY "SENSITIVE=0", "SENSITIVE=1", &user, CKR_OK, CKR_OK,
		    "SENSITIVE=1 ALWAYS_SENSITIVE=0" },
		{ "less sensitive", AES_KEY "SENSITIVE=1", "SENSITIVE=0", &user, RO, RO, NULL },
		{ "still sensitive", AES_KEY "SENSITIVE=1", "SENSITIVE=1", &user, CKR_OK, CKR_OK, NULL },
		{ "less extractable", AES_KEY "EXTRACTABLE=1", "EXTRACTABLE=0", &user, CKR_OK, CKR_OK,
		    "EXTRACTABLE=0 NEVER_EXTRACTABLE=0" },
		{ "more extractable", AES_KEY "EXTRACTABLE=0", "EXTRACTABLE=1", &user, RO, RO, NULL },
		{ "trusted wrapping from now on", AES_KEY, "WRAP_WITH_TRUSTED=1", &user, CKR_OK, CKR_OK,
		    "WRAP_WITH_TRUSTED=1" },
		{ "not any more", AES_KEY "WRAP_WITH_TRUSTED=1", "WRAP_WITH_TRUSTED=0", &user, RO, RO,
		    NULL },
		{ "copyable again", "CLASS=data COPYABLE=0", "COPYABLE=1", &user, RO,
		    CKR_ACTION_PROHIBITED, NULL },
		{ "trust by the user", CERT, "TRUSTED=1", &user, RO, RO, NULL },
		{ "trust by the SO", CERT, "TRUSTED=1", &so, CKR_OK, CKR_OK, "TRUSTED=1" },
		{ "a check value taken away", AES_KEY, "CHECK_VALUE=", &user, CKR_OK, CKR_OK,
		    "CHECK_VALUE=" },
		{ "a check value put", AES_KEY, "CHECK_VALUE=010203", &user, CKR_ATTRIBUTE_VALUE_INVALID,
		    CKR_ATTRIBUTE_VALUE_INVALID, NULL },
		/* Ours, see the header */
		{ "public, what was private", "CLASS=data", "PRIVATE=0", &user, RO,
		    CKR_TEMPLATE_INCONSISTENT, NULL },
		{ "public, a key", AES_KEY, "PRIVATE=0", &user, RO, CKR_TEMPLATE_INCONSISTENT, NULL },
	};

	RUN(rows);
}

static void
what_cannot_be_is_refused_by_its_name(void)
{
	static const struct row rows[] = {
		{ "another class's", AES_KEY, "MODULUS=c3", &user, CKR_ATTRIBUTE_TYPE_INVALID,
		    CKR_ATTRIBUTE_TYPE_INVALID, NULL },
		{ "nobody's", AES_KEY, "VENDOR_DEFINED=#01", &user, CKR_ATTRIBUTE_TYPE_INVALID,
		    CKR_ATTRIBUTE_TYPE_INVALID, NULL },
		{ "no bool", AES_KEY, "ENCRYPT=#02", &user, CKR_ATTRIBUTE_VALUE_INVALID,
		    CKR_ATTRIBUTE_VALUE_INVALID, NULL },
		{ "no date", AES_KEY, "END_DATE='20241301", &user, CKR_ATTRIBUTE_VALUE_INVALID,
		    CKR_ATTRIBUTE_VALUE_INVALID, NULL },
		{ "it would end before it starts", AES_KEY "START_DATE='20240102", "END_DATE='20240101",
		    &user, CKR_TEMPLATE_INCONSISTENT, CKR_TEMPLATE_INCONSISTENT, NULL },
		{ "not to be modified", "CLASS=data MODIFIABLE=0", "LABEL='b", &user,
		    CKR_ACTION_PROHIBITED, CKR_OK, "LABEL='b" },
		{ "not to be copied", "CLASS=data COPYABLE=0", "LABEL='b", &user, CKR_OK,
		    CKR_ACTION_PROHIBITED, NULL },
		/* 4.6 */
		{ "trusted", CERT "TRUSTED=1", "LABEL='b", &user, CKR_ACTION_PROHIBITED, CKR_OK,
		    "TRUSTED=0 LABEL='b" },
		{ "trusted, by the SO", CERT "TRUSTED=1", "LABEL='b", &so, CKR_ACTION_PROHIBITED, CKR_OK,
		    "TRUSTED=1 LABEL='b" },
		{ "a token object in a R/O session", "CLASS=data TOKEN=1", "LABEL='b", &user_ro,
		    CKR_SESSION_READ_ONLY, CKR_SESSION_READ_ONLY, NULL },
		{ "a session copy in a R/O session", "CLASS=data TOKEN=1", "TOKEN=0", &user_ro,
		    CKR_SESSION_READ_ONLY, CKR_OK, "TOKEN=0" },
		{ "onto the token in a R/O session", "CLASS=data", "TOKEN=1", &user_ro, RO,
		    CKR_SESSION_READ_ONLY, NULL },
		{ "a private one by nobody", "CLASS=data", "LABEL='b", &nobody, CKR_USER_NOT_LOGGED_IN,
		    CKR_USER_NOT_LOGGED_IN, NULL },
		{ "a private copy by nobody", "CLASS=data PRIVATE=0", "PRIVATE=1", &nobody, RO,
		    CKR_USER_NOT_LOGGED_IN, NULL },
	};

	RUN(rows);
}

static void
a_session_key_that_is_copied_onto_the_token_becomes_private_and_sensitive(void)
{
	static const struct row rows[] = {
		{ "as SunPKCS11 does", AES_KEY, "TOKEN=1 PRIVATE=1 LABEL='k", &user, RO, CKR_OK,
		    "TOKEN=1 PRIVATE=1 SENSITIVE=1 ALWAYS_SENSITIVE=0 NEVER_EXTRACTABLE=0 LOCAL=0" },
		{ "with an id", EC_PRIV, "TOKEN=1 ID='a", &user, RO, CKR_OK, "SENSITIVE=1 ID='a" },
		{ "a public one", AES_KEY "PRIVATE=0", "TOKEN=1", &user, RO, CKR_OK,
		    "PRIVATE=1 SENSITIVE=1" },
		{ "in the clear", AES_KEY, "TOKEN=1 SENSITIVE=0", &user, RO, CKR_TEMPLATE_INCONSISTENT,
		    NULL },
		{ "for all", AES_KEY "PRIVATE=0", "TOKEN=1 PRIVATE=0", &user, RO,
		    CKR_TEMPLATE_INCONSISTENT, NULL },
		{ "by nobody", AES_KEY "PRIVATE=0", "TOKEN=1", &nobody, RO, CKR_USER_NOT_LOGGED_IN, NULL },
		{ "a certificate stays public", CERT, "TOKEN=1", &nobody, RO, CKR_OK, "PRIVATE=0" },
		{ "back into a session", AES_KEY "TOKEN=1", "TOKEN=0", &user, RO, CKR_OK,
		    "TOKEN=0 SENSITIVE=1 PRIVATE=1" },
	};

	RUN(rows);
}

static void
a_copy_has_a_unique_id_of_its_own_and_all_else_of_its_source(void)
{
	struct attr it;

	create(RSA_PRIV "LABEL='k ID='i", &user);
	sheet(&object, "");
	OK(rules_copy(&user, &source.set, sheet(&template, ""), &object.set));
	CU_ASSERT_EQUAL(object.set.n, source.set.n);
	for (size_t at = 0; attrs_next(&source.set, &at, &it); )
		CU_ASSERT_EQUAL(attrs_equal(&object.set, it.type, it.p, it.n),
		    it.type != CKA_UNIQUE_ID);
}

static void
a_set_that_finds_no_room_changes_nothing(void)
{
	static uint8_t p[ATTRS_MAX];
	struct attrs tight;

	create("CLASS=data", &user);
	attrs_init(&tight, p, source.set.n + 4);
	attrs_copy(&tight, &source.set);
	CU_ASSERT_EQUAL(rules_set(&user, &tight, sheet(&template, "LABEL='12345")), CKR_HOST_MEMORY);
	CU_ASSERT_EQUAL(tight.n, source.set.n);
	SAME(p, source.p, tight.n);
	CU_ASSERT_EQUAL(rules_set(&user, &tight, sheet(&template, "LABEL='1234")), CKR_OK);
}

static void
what_may_be_destroyed_is_destroyed_by_who_may(void)
{
	static const struct {
		const char *object;
		const struct rules_who *who;
		CK_RV want;
	} rows[] = {
		{ "CLASS=data PRIVATE=0", &nobody, CKR_OK },
		{ "CLASS=data", &user, CKR_OK },
		{ "CLASS=data", &nobody, CKR_USER_NOT_LOGGED_IN },
		{ "CLASS=data", &so, CKR_USER_NOT_LOGGED_IN },
		{ "CLASS=data", &user_ro, CKR_OK },
		{ "CLASS=data TOKEN=1", &user, CKR_OK },
		{ "CLASS=data TOKEN=1", &user_ro, CKR_SESSION_READ_ONLY },
		{ "CLASS=data DESTROYABLE=0", &user, CKR_ACTION_PROHIBITED },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		create(rows[i].object, &user);
		CU_ASSERT_EQUAL(rules_destroy(rows[i].who, &source.set), rows[i].want);
	}
}

static const struct sentence sentences[] = {
	SENTENCE(what_may_be_changed_is_changed_and_nothing_else),
	SENTENCE(some_things_go_one_way_only),
	SENTENCE(what_cannot_be_is_refused_by_its_name),
	SENTENCE(a_session_key_that_is_copied_onto_the_token_becomes_private_and_sensitive),
	SENTENCE(a_copy_has_a_unique_id_of_its_own_and_all_else_of_its_source),
	SENTENCE(a_set_that_finds_no_room_changes_nothing),
	SENTENCE(what_may_be_destroyed_is_destroyed_by_who_may),
};

SUITE("rules_copy_set", sentences)
