#include "card-os/os/records.h"

#include <string.h>

#include "card-os/iso7816/err.h"
#include "card-os/os/files.h"

enum { RECORD_MAX = 255, RECORDS_MAX = 254 };

int
records_shape(struct card_file *f)
{
	if (f->kind == FILE_VARIABLE) {
		if (f->record == 0)
			f->record = RECORD_MAX;
		f->records_max = 0;
		return f->record > RECORD_MAX || f->size < 2 ? ERR_FORMAT : 0;
	}
	if (f->record == 0 || f->record > RECORD_MAX)
		return ERR_FORMAT;
	if (f->records_max == 0)
		f->records_max = f->size / f->record;
	if (f->records_max == 0 || f->records_max > RECORDS_MAX)
		return ERR_FORMAT;
	/* A size that was told too has to be that of the records. */
	if (f->size != 0 && f->size / f->record != f->records_max)
		return ERR_FORMAT;
	f->size = (uint16_t)(f->record * f->records_max);
	return 0;
}

/* Where a variable record stands: behind its length, or, for the one after the last, the end. */
static size_t
variable_at(const struct card_data *d, const struct card_file *f, unsigned number)
{
	const uint8_t *p = d->space + f->at;
	size_t at = 0;

	while (--number > 0 && at < f->size)
		at += 1U + p[at];
	return at;
}

static int
variable_is_sound(const struct card_data *d, const struct card_file *f)
{
	const uint8_t *p = d->space + f->at;
	size_t at = 0;

	for (unsigned i = 0; i < f->records; i++) {
		if (at >= f->size || p[at] == 0 || p[at] > f->record || at + 1 + p[at] > f->size)
			return 0;
		at += 1U + p[at];
	}
	return 1;
}

int
records_are_sound(const struct card_data *d, uint16_t file)
{
	const struct card_file *f = &d->file[file];

	if (f->record == 0 || f->record > RECORD_MAX || f->records > RECORDS_MAX)
		return 0;
	if (f->kind == FILE_VARIABLE)
		return f->records_max == 0 && f->newest == 0 && f->size >= 2 &&
		    variable_is_sound(d, f);
	return f->records_max > 0 && f->records_max <= RECORDS_MAX &&
	    f->records <= f->records_max && f->size == f->record * f->records_max &&
	    (f->kind == FILE_CYCLIC ? f->newest < f->records_max : f->newest == 0);
}

static size_t
fixed_at(const struct card_file *f, unsigned number)
{
	unsigned place = number - 1;

	if (f->kind == FILE_CYCLIC)
		place = (f->newest + f->records_max - place) % f->records_max;
	return (size_t)place * f->record;
}

const uint8_t *
records_at(const struct card_data *d, uint16_t file, unsigned number, size_t *n)
{
	const struct card_file *f = &d->file[file];
	const uint8_t *p = d->space + f->at;

	*n = 0;
	if (number == 0 || number > f->records)
		return NULL;
	if (f->kind != FILE_VARIABLE) {
		*n = f->record;
		return p + fixed_at(f, number);
	}
	p += variable_at(d, f, number);
	*n = p[0];
	return p + 1;
}

/* Makes room for another length of a variable record by moving those behind it. */
static int
replace_variable(struct card_data *d, const struct card_file *f, unsigned number,
    const uint8_t *p, size_t n)
{
	uint8_t *start = d->space + f->at;
	size_t at = variable_at(d, f, number), old = start[at];
	size_t end = variable_at(d, f, f->records + 1U);

	if (n == 0 || n > f->record || end - old + n > f->size)
		return ERR_SIZE;
	memmove(start + at + 1 + n, start + at + 1 + old, end - at - 1 - old);
	if (n < old)
		memset(start + end - old + n, 0, old - n);
	start[at] = (uint8_t)n;
	memcpy(start + at + 1, p, n);
	return 0;
}

int
records_replace(struct card_data *d, uint16_t file, unsigned number, const uint8_t *p, size_t n)
{
	const struct card_file *f = &d->file[file];

	if (number == 0 || number > f->records)
		return ERR_NOT_FOUND;
	if (f->kind == FILE_VARIABLE)
		return replace_variable(d, f, number, p, n);
	if (n != f->record)
		return ERR_SIZE;
	memcpy(d->space + f->at + fixed_at(f, number), p, n);
	return 0;
}

static int
append_variable(struct card_data *d, struct card_file *f, const uint8_t *p, size_t n)
{
	size_t end = variable_at(d, f, f->records + 1U);

	if (n == 0 || n > f->record)
		return ERR_SIZE;
	if (f->records == RECORDS_MAX || end + 1 + n > f->size)
		return ERR_FULL;
	d->space[f->at + end] = (uint8_t)n;
	memcpy(d->space + f->at + end + 1, p, n);
	f->records++;
	return 0;
}

int
records_append(struct card_data *d, uint16_t file, const uint8_t *p, size_t n)
{
	struct card_file *f = &d->file[file];

	if (f->kind == FILE_VARIABLE)
		return append_variable(d, f, p, n);
	if (n != f->record)
		return ERR_SIZE;
	if (f->kind == FILE_FIXED && f->records == f->records_max)
		return ERR_FULL;
	if (f->kind == FILE_CYCLIC)
		f->newest = (uint16_t)((f->newest + 1) % f->records_max);
	if (f->records < f->records_max)
		f->records++;
	memcpy(d->space + f->at + (f->kind == FILE_CYCLIC ? fixed_at(f, 1) :
	    fixed_at(f, f->records)), p, n);
	return 0;
}
