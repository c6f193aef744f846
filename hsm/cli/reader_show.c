#include "hsm/cli/reader.h"

#include <stdio.h>

#include "card-os/iso7816/err.h"
#include "hsm/cli/say.h"

enum { INDENT = 10, LINE_ROOM = 256 };

static int
has_text(const struct pad_report *v)
{
	return v->units_err == 0 && padinfo_has_unit(&v->units, 0x40);
}

static const char *
state_of(const struct pad_report *v)
{
	if (v->err == ERR_BUSY)
		return "  (in use by another program)";
	if (v->err == ERR_READER_GONE)
		return "  (does not answer)";
	return v->err != 0 ? "  (cannot be asked)" : "";
}

static const char *
answer(const struct pad_report *v, int is)
{
	return v->err != 0 ? "?" : is ? "yes" : "no";
}

void
reader_table(const struct pad_report *v, size_t n)
{
	if (n > 0)
		puts("PIN PAD  TEXT  CARD  READER");
	for (size_t i = 0; i < n; i++, v++) {
		printf("%-7s  %-4s  %-4s  ", answer(v, padinfo_code(v, FEATURE_VERIFY) != 0),
		    answer(v, has_text(v)), v->mute ? "mute" : v->present ? "yes" : "no");
		say_text(stdout, v->name);
		puts(state_of(v));
	}
}

static void
row(const char *name, const char *value)
{
	printf("%-*s", INDENT, name);
	say_text(stdout, value);
	putchar('\n');
}

static void
show_card(const struct pad_report *v)
{
	char line[LINE_ROOM] = "none";
	size_t at = 0;

	if (v->present)
		at = (size_t)snprintf(line, sizeof(line), v->mute ? "does not answer" :
		    v->atr_n > 0 ? "ATR" : "there");
	for (size_t i = 0; v->present && i < v->atr_n; i++)
		at += (size_t)snprintf(line + at, sizeof(line) - at, " %02X", v->atr[i]);
	row("Card", line);
}

static void
show_features(const struct pad_report *v)
{
	char line[LINE_ROOM];

	for (size_t i = 0; i < v->features; i++) {
		(void)snprintf(line, sizeof(line), "%02X %-24s %08X", v->feature[i].tag,
		    padinfo_feature_name(v->feature[i].tag), v->feature[i].code);
		row(i == 0 ? "Features" : "", line);
	}
	if (v->features == 0)
		row("Features", "none");
}

static void
show_entry(const struct pad_report *v)
{
	/* As bEntryValidationCondition: a sum. */
	static const char *const ends[] = {
		"?", "the last digit", "OK", "the last digit or OK", "the time",
		"the last digit or the time", "OK or the time", "the last digit, OK or the time",
	};
	const struct pad_properties *p = v->pin_err == 0 ? &v->pin : &v->tlv;
	char line[LINE_ROOM];

	if (v->pin_err != 0 && v->tlv_err != 0)
		return;
	(void)snprintf(line, sizeof(line), "ended by %s%s", ends[p->condition & 7],
	    p->next_timeout ? ", with a time limit for each digit" : "");
	row("PIN entry", line);
	if (v->tlv_err == 0 && (v->tlv.said >> PROPERTY_PIN_MAX & 1) != 0) {
		(void)snprintf(line, sizeof(line), "%u to %u digits", v->tlv.pin_min,
		    v->tlv.pin_max);
		row("", line);
	}
	if (p->lines == 0)
		return;
	(void)snprintf(line, sizeof(line), "%u lines of %u characters", p->lines, p->columns);
	row("Display", line);
}

static void
show_properties(const struct pad_report *v)
{
	char line[LINE_ROOM];

	if (v->maker_err == 0)
		row("Maker", v->maker);
	if (v->tlv_err != 0)
		return;
	if (v->tlv.firmware[0] != '\0')
		row("Firmware", v->tlv.firmware);
	if (v->tlv.vendor != 0) {
		(void)snprintf(line, sizeof(line), "%04X:%04X", v->tlv.vendor, v->tlv.product);
		row("USB", line);
	}
	if ((v->tlv.said >> PROPERTY_APDU_MAX & 1) != 0) {
		(void)snprintf(line, sizeof(line), "%u bytes at most", v->tlv.apdu_max);
		row("APDU", line);
	}
}

static void
show_units(const struct pad_report *v)
{
	char line[LINE_ROOM] = "";
	size_t at = 0;

	for (size_t i = 0; v->units_err == 0 && i < v->units.n && at + 32 < sizeof(line); i++)
		at += (size_t)snprintf(line + at, sizeof(line) - at, "%s%02X %s", i > 0 ? ", " : "",
		    v->units.unit[i], padinfo_unit_name(v->units.unit[i]));
	if (*line != '\0')
		row("Units", line);
	row("Text", v->text_err == 0 ? "shown, and taken away again" : v->in_use ? "not tried" :
	    "not shown");
}

void
reader_show(const struct pad_report *v, const struct pad_finding *const *findings, size_t n)
{
	row("Reader", v->name);
	if (v->err == 0) {
		show_card(v);
		show_features(v);
		show_entry(v);
		show_properties(v);
		show_units(v);
	}
	if (n == 0)
		row("Found", "nothing wrong");
	for (size_t i = 0; i < n; i++) {
		row(i > 0 ? "" : "Found", findings[i]->what);
		printf("%-*s  %s: %s\n", INDENT, "", findings[i]->wrong ? "wrong" : "note",
		    findings[i]->means);
		printf("%-*s  do: %s\n", INDENT, "", findings[i]->todo);
	}
}
