#include "hsm/admin/request.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

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

/* Reads a body that is one object, each member once. */
static json_t *
object(const char *body, size_t n, char why[WHY_MAX])
{
	json_error_t e;
	json_t *root = json_loadb(body, n, JSON_REJECT_DUPLICATES, &e);

	if (root == NULL) {
		snprintf(why, WHY_MAX, "the body is no JSON: %.160s (line %d)", e.text, e.line);
		return NULL;
	}
	if (!json_is_object(root)) {
		snprintf(why, WHY_MAX, "the body has to be an object");
		json_decref(root);
		return NULL;
	}
	return root;
}

/* json_unpack's own errors are about its format; these are for people. */
static int
only_members(json_t *root, const char *const *names, char why[WHY_MAX])
{
	const char *key;
	json_t *value;

	json_object_foreach(root, key, value) {
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

static int
quorum(const char *body, size_t n, int needed, struct ceremony_args *args, char why[WHY_MAX])
{
	static const char *const names[] = { "quorum", NULL };
	json_t *root = object(body, n, why), *value;
	int r = ERR_FORMAT;

	if (root == NULL || only_members(root, names, why) != 0)
		goto out;
	value = json_object_get(root, "quorum");
	if (value == NULL && !needed) {
		r = 0;
		goto out;
	}
	if (!json_is_string(value) ||
	    strlen(json_string_value(value)) != json_string_length(value) ||
	    quorum_parse(json_string_value(value), &args->k, &args->n) != 0) {
		snprintf(why, WHY_MAX, "quorum is one of %s", QUORUM_CHOICES);
		goto out;
	}
	r = 0;
out:
	json_decref(root);
	return r;
}

int
request_install(const char *body, size_t n, struct ceremony_args *args, char why[WHY_MAX])
{
	*args = (struct ceremony_args){ .mode = SHARE_LIVE };
	return quorum(body, n, 1, args, why);
}

int
request_resume(const char *body, size_t n, struct ceremony_args *args, char why[WHY_MAX])
{
	*args = (struct ceremony_args){ .mode = SHARE_LIVE };
	return n == 0 ? 0 : quorum(body, n, 0, args, why);
}

int
request_empty(const char *body, size_t n, char why[WHY_MAX])
{
	static const char *const names[] = { NULL };
	json_t *root;
	int r = ERR_FORMAT;

	if (n == 0)
		return 0;
	if ((root = object(body, n, why)) != NULL)
		r = only_members(root, names, why);
	json_decref(root);
	return r;
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
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (json_is_string(value) && strlen(keys[i].name) == json_string_length(value) &&
		    strcmp(keys[i].name, json_string_value(value)) == 0) {
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
	json_t *root = object(body, n, why), *number;
	int r = ERR_FORMAT;

	*prompt = 0;
	*key = CARDS_NO_KEY;
	if (root == NULL || only_members(root, names, why) != 0)
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
