#include "hsm/cards/padcheck.h"

#include <string.h>

#include "card-os/iso7816/err.h"
#include "hsm/cards/padoutcome.h"
#include "tests/unit/suite.h"

/* A good reader with display, card and all; tests break it in one way. */
static struct pad_report
good(void)
{
	static const uint8_t tags[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 0x0a, 0x0b, 0x12 };
	struct pad_report v = { .name = "Cardinal PIN pad 0 00 00", .present = 1, .icc_present = 1 };

	for (; v.features < sizeof(tags); v.features++)
		v.feature[v.features] = (struct pad_feature){ tags[v.features],
		    0x42330000u + tags[v.features] };
	v.pin = (struct pad_properties){ .said = 0xe, .lines = 2, .columns = 16, .condition = 2,
	    .next_timeout = 1 };
	v.tlv = v.pin;
	v.tlv.said = 0x1ffe;
	v.tlv.pin_min = 6;
	v.tlv.pin_max = 16;
	v.tlv.apdu_max = 0x10000;
	v.units = (struct pad_units){ { 1, 0x40, 0x50 }, 3 };
	return v;
}

static void
drop(struct pad_report *v, uint8_t tag)
{
	for (size_t i = 0; i < v->features; i++)
		if (v->feature[i].tag == tag)
			v->feature[i--] = v->feature[--v->features];
}

static void
nothing_is_found_wrong_with_a_good_reader(void)
{
	const struct pad_finding *f[PADCHECK_MAX];
	const struct pad_report v = good();

	CU_ASSERT_EQUAL(padcheck(&v, f), 0);
}

/* One that says no columns has exchanged none. */
static void
a_display_without_columns_is_no_fault(void)
{
	const struct pad_finding *f[PADCHECK_MAX];
	struct pad_report v = good();

	v.pin.lines = v.tlv.lines = 1;
	v.pin.columns = v.tlv.columns = 0;
	CU_ASSERT_EQUAL(padcheck(&v, f), 0);
}

static void
busy(struct pad_report *v)
{
	v->err = ERR_BUSY;
}

static void
gone(struct pad_report *v)
{
	v->err = ERR_READER_GONE;
}

static void
other(struct pad_report *v)
{
	v->err = ERR_IO;
}

static void
usb_gone(struct pad_report *v)
{
	v->err = ERR_READER_GONE;
	strcpy(v->name, "REINER SCT cyberJack 00 00");
}

static void
text_gone(struct pad_report *v)
{
	v->text_err = ERR_READER_GONE;
	v->present = 0;
}

static void
bad_list(struct pad_report *v)
{
	v->features_err = ERR_FORMAT;
}

static void
none(struct pad_report *v)
{
	v->features = 0;
	v->text_err = ERR_NOT_FOUND;
}

static void
in_steps(struct pad_report *v)
{
	drop(v, 6);
	drop(v, 7);
}

static void
no_finish(struct pad_report *v)
{
	drop(v, 2);
}

static void
no_modify_start(struct pad_report *v)
{
	drop(v, 3);
}

static void
twice(struct pad_report *v)
{
	v->feature[3].tag = 6;
	drop(v, 3);
}

static void
same_code(struct pad_report *v)
{
	v->feature[5].code = v->feature[6].code;
}

static void
no_code(struct pad_report *v)
{
	v->feature[8].code = 0;
}

static void
bad_pin(struct pad_report *v)
{
	v->pin_err = ERR_FORMAT;
}

static void
bad_tlv(struct pad_report *v)
{
	v->tlv_err = ERR_FORMAT;
}

static void
bad_way(struct pad_report *v)
{
	v->universal_err = ERR_IO;
}

static void
bad_key(struct pad_report *v)
{
	v->key_err = ERR_FORMAT;
}

static void
four(struct pad_report *v)
{
	v->tlv.pin_max = 5;
}

static void
six(struct pad_report *v)
{
	v->tlv.pin_max = 6;
}

static void
eight(struct pad_report *v)
{
	v->tlv.pin_max = 8;
}

static void
from_seven(struct pad_report *v)
{
	v->tlv.pin_min = 7;
}

static void
no_change(struct pad_report *v)
{
	drop(v, 7);
}

static void
layouts(struct pad_report *v)
{
	v->tlv.lines = 4;
}

static void
conditions(struct pad_report *v)
{
	v->tlv.condition = 7;
}

static void
timeouts(struct pad_report *v)
{
	v->tlv.next_timeout = 0;
}

static void
small(struct pad_report *v)
{
	v->tlv.apdu_max = 260;
}

static void
refused(struct pad_report *v)
{
	v->text_err = ERR_UNSUPPORTED;
}

static void
disagree(struct pad_report *v)
{
	v->icc_present = 0;
}

static void
no_card(struct pad_report *v)
{
	v->present = v->icc_present = 0;
}

static void
mute(struct pad_report *v)
{
	v->mute = 1;
}

static void
shared(struct pad_report *v)
{
	v->in_use = 1;
	v->text_err = ERR_BUSY;
}

static void
no_units(struct pad_report *v)
{
	v->units.n = 1;
	v->text_err = ERR_UNSUPPORTED;
}

static void
as_libccid(struct pad_report *v)
{
	drop(v, 8);
	drop(v, 9);
	v->units_err = v->icc_err = v->maker_err = v->universal_err = v->text_err = ERR_NOT_FOUND;
}

static void
exchanged(struct pad_report *v)
{
	v->pin.lines = v->tlv.lines = 16;
	v->pin.columns = v->tlv.columns = 2;
}

static void
each_fault_is_found_alone(void)
{
	static const struct {
		void (*fault)(struct pad_report *);
		int wrong;
		const char *what;
	} table[] = {
		{ busy, 1, "another program holds" }, { gone, 1, "its pad is not" },
		{ usb_gone, 1, "does not answer" }, { other, 1, "cannot be asked" },
		{ text_gone, 1, "does not answer" }, { bad_list, 1, "list of features" },
		{ none, 1, "no PIN entry" }, { in_steps, 1, "in steps only" },
		{ no_finish, 1, "START and FINISH" }, { no_modify_start, 1, "START and FINISH" },
		{ same_code, 1, "twice" }, { no_code, 1, "without a control code" },
		{ bad_pin, 1, "IFD_PIN_PROPERTIES" }, { bad_tlv, 1, "GET_TLV_PROPERTIES" },
		{ bad_way, 1, "MCT_UNIVERSAL" }, { bad_key, 1, "GET_KEY_PRESSED" },
		{ four, 1, "no PIN of 6" }, { mute, 1, "card does not answer" },
		{ six, 0, "every length" }, { eight, 0, "every length" },
		{ from_seven, 0, "every length" }, { no_change, 0, "no MODIFY_PIN_DIRECT" }, { layouts, 0, "contradict" },
		{ conditions, 0, "contradict" }, { timeouts, 0, "contradict" },
		{ small, 0, "261" }, { refused, 0, "refuses our text" },
		{ no_units, 0, "no texts" }, { as_libccid, 0, "no texts" },
		{ exchanged, 0, "exchanges lines" }, { disagree, 0, "do not agree" },
		{ no_card, 0, "no card" }, { shared, 0, "uses the reader, too" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct pad_finding *f[PADCHECK_MAX];
		struct pad_report v = good();
		size_t n;

		table[i].fault(&v);
		n = padcheck(&v, f);
		if (n != 1 || f[0]->wrong != table[i].wrong ||
		    strstr(f[0]->what, table[i].what) == NULL || f[0]->means[0] == '\0' ||
		    f[0]->todo[0] == '\0')
			CU_FAIL(table[i].what);
	}
}

static void
the_worst_comes_first(void)
{
	const struct pad_finding *f[PADCHECK_MAX];
	struct pad_report v = good();

	no_card(&v);
	twice(&v);
	CU_ASSERT_EQUAL_FATAL(padcheck(&v, f), 2);
	CU_ASSERT_TRUE(f[0]->wrong);
	CU_ASSERT_FALSE(f[1]->wrong);
}

static void
each_outcome_of_a_pin_entry_has_its_name(void)
{
	static const struct {
		uint16_t sw;
		int kind;
		const char *what;
	} table[] = {
		{ 0x9000, PAD_RIGHT, "right" }, { 0x6400, PAD_TIMEOUT, "in time" },
		{ 0x6401, PAD_CANCELLED, "Cancel" }, { 0x6402, PAD_FAILED, "differ" },
		{ 0x6403, PAD_FAILED, "too short" }, { 0x6404, PAD_FAILED, "refuses the command" },
		{ 0x6480, PAD_FAILED, "host ended" }, { 0x63c2, PAD_FAILED, "PIN is wrong" },
		{ 0x63c0, PAD_FAILED, "last try" }, { 0x6983, PAD_FAILED, "blocked" },
		{ 0x64a1, PAD_FAILED, "pulled" }, { 0x64a2, PAD_FAILED, "no power" },
		{ 0x6b80, PAD_FAILED, "structure" }, { 0x6a88, PAD_FAILED, "no such PIN" },
		{ 0x6f00, PAD_FAILED, "says nothing" }, { 0x0000, PAD_FAILED, "says nothing" },
		{ 0xffff, PAD_FAILED, "says nothing" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct pad_outcome *o = padoutcome(table[i].sw);

		if ((int)o->kind != table[i].kind || strstr(o->what, table[i].what) == NULL)
			CU_FAIL(table[i].what);
	}
}

static const struct sentence sentences[] = {
	SENTENCE(nothing_is_found_wrong_with_a_good_reader),
	SENTENCE(a_display_without_columns_is_no_fault),
	SENTENCE(each_fault_is_found_alone),
	SENTENCE(the_worst_comes_first),
	SENTENCE(each_outcome_of_a_pin_entry_has_its_name),
};

SUITE("padcheck", sentences)
