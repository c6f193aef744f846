#include "hsm/admin/report.h"

#include <string.h>

enum { TEXT_MAX = USER_READER_MAX };

_Static_assert((size_t)SLOT_LABEL_LEN <= (size_t)TEXT_MAX, "a label is a text");

/* What is no UTF-8 shows question marks. n: TEXT_MAX at most. */
static json_t *
text(const char *p, size_t n)
{
	char safe[TEXT_MAX];
	json_t *j;

	if ((j = json_stringn(p, n)) != NULL)
		return j;
	for (size_t i = 0; i < n; i++)
		safe[i] = (unsigned char)p[i] < 0x80 ? p[i] : '?';
	return json_stringn(safe, n);
}

/* Without the blanks behind. */
static json_t *
padded(const char *p, size_t n)
{
	while (n > 0 && (p[n - 1] == ' ' || p[n - 1] == '\0'))
		n--;
	return text(p, n);
}

/* The users, user 1 first. */
static json_t *
seats(const struct slot_info *s)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < s->users && i < USERS_MAX && list != NULL; i++) {
		const struct slot_seat *seat = &s->seat[i];

		if (json_array_append_new(list, json_pack("{s:i, s:o}", "copies", seat->copies,
		    "reader", text(seat->reader, strnlen(seat->reader, USER_READER_MAX)))) != 0) {
			json_decref(list);
			list = NULL;
		}
	}
	return list;
}

json_t *
report_slot(unsigned number, const struct slot_info *s)
{
	return json_pack("{s:i, s:s, s:b, s:b, s:b, s:b, s:b, s:i, s:i, s:b, s:b, s:b, s:o, s:o, "
	    "s:I, s:I, s:i, s:i, s:o, s:b, s:b, s:b}",
	    "slot", (int)number,
	    "mode", slot_mode_name(s->mode),
	    "present", s->present,
	    "open", s->open,
	    "damaged", s->damaged,
	    "initialised", s->initialised,
	    "user_set", s->user_set,
	    "user_left", s->user_left,
	    "so_left", s->so_left,
	    "user_change", s->user_change,
	    "so_change", s->so_change,
	    "so_made", s->so_made,
	    "label", padded(s->label, sizeof(s->label)),
	    "serial", padded(s->serial, sizeof(s->serial)),
	    "generation", (json_int_t)s->generation,
	    "objects", (json_int_t)s->objects,
	    "users", s->users,
	    "copies", s->copies,
	    "seats", seats(s),
	    "stored", s->stored,
	    "held", s->held,
	    "asking", s->asking);
}

json_t *
report_slots(const struct slot_info v[SLOTS])
{
	json_t *list = json_array();

	for (unsigned i = 0; i < SLOTS && list != NULL; i++)
		if (json_array_append_new(list, report_slot(i, &v[i])) != 0) {
			json_decref(list);
			list = NULL;
		}
	return list;
}
