#include "hsm/cli/seats.h"

#include <stdio.h>
#include <string.h>

enum { VALUE_MAX = USERS_MAX * (2 * USER_READER_MAX + 1) };

void
seats_default(struct ceremony_slot *s)
{
	memset(s, 0, sizeof(*s));
	s->users = USERS_DEFAULT;
	s->copies = COPIES_DEFAULT;
}

/* One digit, 1 to most; 0: it is none. */
static uint8_t
digit(const char *text, unsigned most)
{
	return text[0] >= '1' && text[0] <= (char)('0' + most) && text[1] == '\0' ?
	    (uint8_t)(text[0] - '0') : 0;
}

const char *
seats_users(const char *text, struct ceremony_slot *s)
{
	_Static_assert(USERS_MAX == 5, "as the sentence says");
	s->users = digit(text, USERS_MAX);
	return s->users != 0 ? NULL : "users is a number from 1 to 5";
}

const char *
seats_copies(const char *text, struct ceremony_slot *s)
{
	_Static_assert(COPIES_MAX == 9, "as the sentence says");
	s->copies = digit(text, COPIES_MAX);
	return s->copies != 0 ? NULL : "copies, the cards of each user, is a number from 1 to 9";
}

/* The next name without its backslashes; *p stands behind it and its colon, NULL at the end. */
static const char *
name(const char **p, char out[USER_READER_MAX])
{
	const char *s = *p;
	json_t *utf8;
	size_t n = 0;

	for (; *s != '\0' && *s != ':'; s++) {
		if (*s == '\\' && (*++s == '\0' || strchr(":,\\", *s) == NULL))
			return "a backslash in pads stands before a colon, a comma or a backslash";
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return "the name of a reader in pads has a control character";
		if (n + 1 >= USER_READER_MAX)
			return "the name of a reader in pads is longer than 127 bytes";
		out[n++] = *s;
	}
	out[n] = '\0';
	*p = *s == ':' ? s + 1 : NULL;
	/* JSON carries it. */
	if ((utf8 = json_string(out)) == NULL)
		return "the name of a reader in pads is no UTF-8";
	json_decref(utf8);
	return NULL;
}

const char *
seats_pads(const char *text, struct ceremony_slot *s)
{
	const char *why;

	for (unsigned i = 0; text != NULL; i++) {
		if (i == USERS_MAX)
			return "pads names more readers than a slot can have users";
		if ((why = name(&text, s->reader[i])) != NULL)
			return why;
	}
	return NULL;
}

const char *
seats_check(const struct ceremony_slot *s)
{
	for (unsigned i = s->users; i < USERS_MAX; i++)
		if (s->reader[i][0] != '\0')
			return "pads names more readers than there are users";
	return NULL;
}

static const struct {
	const char *key;
	const char *(*take)(const char *, struct ceremony_slot *);
} keys[] = {
	{ "users=", seats_users }, { "copies=", seats_copies }, { "pads=", seats_pads },
};

enum { KEYS = sizeof(keys) / sizeof(keys[0]) };

/* Up to the next comma that has no backslash before it; what it is behind. NULL: too long. */
static const char *
part(const char *text, char out[VALUE_MAX])
{
	size_t n = 0;

	for (; *text != '\0' && *text != ','; text++) {
		if (n + 2 >= VALUE_MAX)
			return NULL;
		out[n++] = *text;
		if (*text == '\\' && text[1] != '\0')
			out[n++] = *++text;
	}
	out[n] = '\0';
	return text;
}

const char *
seats_parse(const char *text, struct ceremony_slot *s)
{
	char one[VALUE_MAX];
	unsigned seen = 0;
	const char *why;
	size_t i;

	seats_default(s);
	while (*text != '\0') {
		if ((text = part(text, one)) == NULL)
			return "pads is too long";
		for (i = 0; i < KEYS && strncmp(one, keys[i].key, strlen(keys[i].key)) != 0; i++)
			;
		if (i == KEYS)
			return "behind `cards` may stand users=, copies= and pads=, parted by "
			    "commas";
		if ((seen & 1u << i) != 0)
			return "users, copies and pads are named once each";
		seen |= 1u << i;
		if ((why = keys[i].take(one + strlen(keys[i].key), s)) != NULL)
			return why;
		if (*text == ',' && *++text == '\0')
			return "something is missing behind the last comma";
	}
	return seats_check(s);
}

void
seats_count(unsigned users, char out[SEATS_TEXT_MAX])
{
	snprintf(out, SEATS_TEXT_MAX, "%u user%s", users, users == 1 ? "" : "s");
}

void
seats_put(json_t *body, const struct ceremony_slot *s)
{
	unsigned named = 0;
	json_t *pads;

	json_object_set_new(body, "users", json_integer(s->users));
	json_object_set_new(body, "copies", json_integer(s->copies));
	for (unsigned i = 0; i < USERS_MAX; i++)
		if (s->reader[i][0] != '\0')
			named = i + 1;
	if (named == 0 || (pads = json_array()) == NULL)
		return;
	for (unsigned i = 0; i < named; i++)
		json_array_append_new(pads, json_string(s->reader[i]));
	json_object_set_new(body, "pads", pads);
}
