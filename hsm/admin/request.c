#include "hsm/admin/request.h"

#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "card-os/iso7816/err.h"
#include "hsm/admin/quorum.h"

int
request_number(const struct request *q, const char *name, uint64_t max, uint64_t fallback,
    uint64_t *out, char why[WHY_MAX])
{
	uint64_t v = 0;
	size_t i;

	*out = fallback;
	for (i = 0; i < q->queries; i++)
		if (strcmp(q->query[i].name, name) == 0)
			break;
	if (i == q->queries)
		return 0;
	for (const char *p = q->query[i].value; p != NULL && *p != '\0'; p++) {
		if (*p < '0' || *p > '9' || v > (max - (uint64_t)(*p - '0')) / 10)
			goto bad;
		v = 10 * v + (uint64_t)(*p - '0');
	}
	if (q->query[i].value == NULL || *q->query[i].value == '\0')
		goto bad;
	*out = v;
	return 0;
bad:
	snprintf(why, WHY_MAX, "%s is a number from 0 to %llu", name, (unsigned long long)max);
	return ERR_FORMAT;
}

int
request_only(const struct request *q, const char *const *names, char why[WHY_MAX])
{
	for (size_t i = 0; i < q->queries; i++) {
		size_t k;

		for (k = 0; names[k] != NULL; k++)
			if (strcmp(q->query[i].name, names[k]) == 0)
				break;
		for (size_t j = 0; j < i; j++)
			if (strcmp(q->query[i].name, q->query[j].name) == 0) {
				snprintf(why, WHY_MAX, "%.64s is given twice", q->query[i].name);
				return ERR_FORMAT;
			}
		if (names[k] == NULL) {
			snprintf(why, WHY_MAX, "%.64s means nothing here", q->query[i].name);
			return ERR_FORMAT;
		}
	}
	return 0;
}

/* json_unpack's own errors are about its format; these are for people. */
int
request_members(json_t *object, const char *const *names, char why[WHY_MAX])
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value) {
		size_t k;

		for (k = 0; names[k] != NULL; k++)
			if (strcmp(key, names[k]) == 0)
				break;
		if (names[k] == NULL) {
			snprintf(why, WHY_MAX, "there is no member \"%.64s\" in this body", key);
			return ERR_FORMAT;
		}
	}
	return 0;
}

json_t *
request_object(const char *body, size_t n, const char *const *names, char why[WHY_MAX])
{
	json_error_t e;
	json_t *root = json_loadb(body, n, JSON_REJECT_DUPLICATES, &e);

	if (root == NULL) {
		/* jansson's own words may quote what is near, a code. */
		snprintf(why, WHY_MAX, "the body is no JSON (line %d, column %d)", e.line,
		    e.column);
		OPENSSL_cleanse(&e, sizeof(e));
		return NULL;
	}
	if (!json_is_object(root))
		snprintf(why, WHY_MAX, "the body has to be an object");
	else if (request_members(root, names, why) == 0)
		return root;
	json_decref(root);
	return NULL;
}

const char *
request_text(const json_t *value)
{
	const char *s = json_string_value(value);

	return s != NULL && strlen(s) == json_string_length(value) ? s : NULL;
}

static int
quorum(const json_t *value, int needed, struct ceremony_args *args, char why[WHY_MAX])
{
	const char *text = request_text(value);

	if ((value == NULL && !needed) ||
	    (text != NULL && quorum_parse(text, &args->k, &args->n) == 0))
		return 0;
	snprintf(why, WHY_MAX, "quorum is one of %s", QUORUM_CHOICES);
	return ERR_FORMAT;
}

int
request_install(const char *body, size_t n, struct ceremony_args *args,
    struct slot_plan plan[SLOTS], int *trial, char why[WHY_MAX])
{
	static const char *const names[] = { "quorum", "slots", "trial", NULL };
	json_t *root = request_object(body, n, names, why), *value;
	int r = ERR_FORMAT;

	*args = (struct ceremony_args){ .mode = SHARE_LIVE };
	*trial = 0;
	if (root == NULL)
		goto out;
	if ((value = json_object_get(root, "trial")) == NULL) {
		if ((r = quorum(json_object_get(root, "quorum"), 1, args, why)) == 0)
			r = request_plan(json_object_get(root, "slots"), plan, args->slot, why);
		goto out;
	}
	if (!json_is_true(value) || json_object_size(root) != 1) {
		snprintf(why, WHY_MAX, "trial is true, and goes alone");
		goto out;
	}
	*trial = 1;
	r = 0;
out:
	json_decref(root);
	return r;
}

int
request_resume(const char *body, size_t n, struct ceremony_args *args,
    struct slot_plan plan[SLOTS], char why[WHY_MAX])
{
	static const char *const names[] = { "quorum", "slots", NULL };
	json_t *root;
	int r;

	*args = (struct ceremony_args){ .mode = SHARE_LIVE };
	if (n == 0)
		return request_plan(NULL, plan, args->slot, why);
	if ((root = request_object(body, n, names, why)) == NULL)
		return ERR_FORMAT;
	if ((r = quorum(json_object_get(root, "quorum"), 0, args, why)) == 0)
		r = request_plan(json_object_get(root, "slots"), plan, args->slot, why);
	json_decref(root);
	return r;
}

int
request_empty(const char *body, size_t n, char why[WHY_MAX])
{
	static const char *const names[] = { NULL };
	json_t *root;

	if (n == 0)
		return 0;
	root = request_object(body, n, names, why);
	json_decref(root);
	return root != NULL ? 0 : ERR_FORMAT;
}

static const struct {
	const char *name;
	enum cards_key key;
} keys[] = {
	{ "ok", CARDS_OK },
	{ "cancel", CARDS_CANCEL },
};

static int
key_of(const json_t *value, enum cards_key *key)
{
	const char *text = request_text(value);

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (text != NULL && strcmp(keys[i].name, text) == 0) {
			*key = keys[i].key;
			return 0;
		}
	return ERR_FORMAT;
}

int
request_answer(const char *body, size_t n, uint32_t *prompt, enum cards_key *key,
    char why[WHY_MAX])
{
	static const char *const names[] = { "prompt", "key", NULL };
	json_t *root = request_object(body, n, names, why), *number;
	int r = ERR_FORMAT;

	*prompt = 0;
	*key = CARDS_NO_KEY;
	if (root == NULL)
		goto out;
	number = json_object_get(root, "prompt");
	if (!json_is_integer(number) || json_integer_value(number) < 1 ||
	    json_integer_value(number) > UINT32_MAX) {
		snprintf(why, WHY_MAX, "prompt is the number that the status has as \"asks\"");
		goto out;
	}
	if (key_of(json_object_get(root, "key"), key) != 0) {
		snprintf(why, WHY_MAX, "key is one of ok, cancel");
		goto out;
	}
	*prompt = (uint32_t)json_integer_value(number);
	r = 0;
out:
	json_decref(root);
	return r;
}
