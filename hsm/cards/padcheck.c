#include "hsm/cards/padcheck.h"

#include "card-os/iso7816/err.h"
#include "card-os/profile/profile.h"
#include "hsm/cards/reader_name.h"

static int
has(const struct pad_report *v, uint8_t tag)
{
	return padinfo_code(v, tag) != 0;
}

static int
said(const struct pad_report *v, unsigned property)
{
	return v->tlv_err == 0 && (v->tlv.said >> property & 1u) != 0;
}

/* Neither done nor absent. */
static int
failed(int err)
{
	return err != 0 && err != ERR_NOT_FOUND;
}

static int
is_busy(const struct pad_report *v)
{
	return v->err == ERR_BUSY;
}

static int
is_gone(const struct pad_report *v)
{
	return v->err == ERR_READER_GONE;
}

static int
is_pad_gone(const struct pad_report *v)
{
	return is_gone(v) && reader_is_virtual(v->name);
}

static int
is_reader_gone(const struct pad_report *v)
{
	return is_gone(v) && !is_pad_gone(v);
}

static int
is_other(const struct pad_report *v)
{
	return v->err != 0 && !is_gone(v) && !is_busy(v);
}

static int
bad_features(const struct pad_report *v)
{
	return v->features_err != 0;
}

static int
no_pin_pad(const struct pad_report *v)
{
	return v->features_err == 0 && !has(v, FEATURE_VERIFY) && !has(v, FEATURE_VERIFY_START);
}

static int
only_in_steps(const struct pad_report *v)
{
	return !has(v, FEATURE_VERIFY) && has(v, FEATURE_VERIFY_START);
}

static int
no_change(const struct pad_report *v)
{
	return has(v, FEATURE_VERIFY) && !has(v, FEATURE_MODIFY);
}

static int
half_steps(const struct pad_report *v)
{
	return has(v, FEATURE_VERIFY_START) != has(v, FEATURE_VERIFY_FINISH) ||
	    has(v, FEATURE_MODIFY_START) != has(v, FEATURE_MODIFY_FINISH);
}

static int
twice_or_nowhere(const struct pad_report *v)
{
	for (size_t i = 0; i < v->features; i++) {
		if (v->feature[i].code == 0)
			return 1;
		for (size_t j = 0; j < i; j++)
			if (v->feature[i].tag == v->feature[j].tag ||
			    v->feature[i].code == v->feature[j].code)
				return 1;
	}
	return 0;
}

static int
bad_pin_properties(const struct pad_report *v)
{
	return failed(v->pin_err);
}

static int
bad_tlv_properties(const struct pad_report *v)
{
	return failed(v->tlv_err);
}

/* Both are said, and not the same. */
static int
contradicts(const struct pad_report *v)
{
	return v->pin_err == 0 &&
	    ((said(v, PROPERTY_LAYOUT) && (v->pin.lines != v->tlv.lines ||
	    v->pin.columns != v->tlv.columns)) ||
	    (said(v, PROPERTY_CONDITION) && v->pin.condition != v->tlv.condition) ||
	    (said(v, PROPERTY_TIMEOUT) && v->pin.next_timeout != v->tlv.next_timeout));
}

static int
pins_too_short(const struct pad_report *v)
{
	return said(v, PROPERTY_PIN_MAX) && v->tlv.pin_max < PIN_MIN;
}

static int
not_all_pins(const struct pad_report *v)
{
	return !pins_too_short(v) && ((said(v, PROPERTY_PIN_MAX) && v->tlv.pin_max < PIN_MAX) ||
	    (said(v, PROPERTY_PIN_MIN) && v->tlv.pin_min > PIN_MIN));
}

static int
small_apdus(const struct pad_report *v)
{
	return said(v, PROPERTY_APDU_MAX) && v->tlv.apdu_max < 261;
}

static int
exchanged(const struct pad_report *v)
{
	return v->pin_err == 0 && v->pin.lines > v->pin.columns && v->pin.columns > 0;
}

static int
bad_universal(const struct pad_report *v)
{
	return failed(v->universal_err);
}

static int
bad_key(const struct pad_report *v)
{
	return failed(v->key_err);
}

static int
text_gone(const struct pad_report *v)
{
	return v->text_err == ERR_READER_GONE;
}

static int
refuses_text(const struct pad_report *v)
{
	return failed(v->text_err) && v->text_err != ERR_BUSY && !text_gone(v) &&
	    v->units_err == 0 && padinfo_has_unit(&v->units, 0x40);
}

static int
no_text(const struct pad_report *v)
{
	return has(v, FEATURE_VERIFY) && v->text_err != 0 && v->text_err != ERR_BUSY &&
	    !text_gone(v) && !refuses_text(v);
}

static int
is_shared(const struct pad_report *v)
{
	return v->in_use;
}

static int
another_card(const struct pad_report *v)
{
	return v->icc_err == 0 && v->icc_present != v->present && !text_gone(v);
}

static int
no_card(const struct pad_report *v)
{
	return !v->present && !text_gone(v);
}

static int
is_mute(const struct pad_report *v)
{
	return v->mute;
}

/* Those of unreachable are about a reader that is not to be had, the others about one that is. */
static const struct rule {
	int unreachable;
	int (*fits)(const struct pad_report *);
	struct pad_finding finding;
} rules[] = {
	{ 1, is_busy, { 1, "another program holds the reader",
	    "nobody else can use it until that program lets go",
	    "end that program; a ceremony of cardinald ends by `cardinal cancel`" } },
	{ 1, is_pad_gone, { 1, "the virtual reader is there, its pad is not",
	    "the driver waits for a pad at its socket",
	    "start cardinal-pad, or plug the pad in if one runs (`cardinal-pad ctl plug`)" } },
	{ 1, is_reader_gone, { 1, "the reader does not answer",
	    "it was unplugged just now, or hangs",
	    "unplug it, plug it in again, and look at pcscd's log" } },
	{ 1, is_other, { 1, "the reader cannot be asked",
	    "pcscd or the driver refuses", "look at pcscd's log" } },
	{ 0, text_gone, { 1, "the reader is there, but does not answer",
	    "of a virtual reader the pad does not run or is unplugged",
	    "start cardinal-pad, or plug the pad in if one runs (`cardinal-pad ctl plug`)" } },
	{ 0, bad_features, { 1, "the list of features is malformed",
	    "programs cannot know what the reader can do", "use another driver for it" } },
	{ 0, no_pin_pad, { 1, "it offers no PIN entry",
	    "it has no PIN pad, or its driver does not know of it; ceremonies refuse it",
	    "take a reader with a PIN pad, or the driver of its maker" } },
	{ 0, only_in_steps, { 1, "it offers PIN entry in steps only (01, 02)",
	    "ceremonies need VERIFY_PIN_DIRECT (06) and refuse the reader",
	    "take another reader, or another driver for it" } },
	{ 0, half_steps, { 1, "of START and FINISH only one is offered",
	    "a PIN entry that is started cannot be finished", "use another driver for it" } },
	{ 0, twice_or_nowhere, { 1, "a feature is offered twice, or without a control code",
	    "programs may call the wrong one", "use another driver for it" } },
	{ 0, bad_pin_properties, { 1, "IFD_PIN_PROPERTIES is offered, but its answer is malformed",
	    "OpenSC and others do without, or take no PINs at the pad",
	    "use another driver for it" } },
	{ 0, bad_tlv_properties, { 1, "GET_TLV_PROPERTIES is offered, but its answer is malformed",
	    "programs do not know the lengths of PINs", "use another driver for it" } },
	{ 0, bad_universal, { 1,
	    "MCT_UNIVERSAL is offered, but does not answer as MCT_READER_DIRECT does",
	    "programs that use it get no text on the display", "use another driver for it" } },
	{ 0, bad_key, { 1, "GET_KEY_PRESSED is offered, but its answer is malformed",
	    "programs that enter PINs in steps cannot follow them", "use another driver for it" } },
	{ 0, pins_too_short, { 1, "it takes no PIN of 6 digits",
	    "cards of ours have 6 digits at least", "take another reader" } },
	{ 0, is_mute, { 1, "the card does not answer",
	    "it is upside down, dirty, broken, or no smart card",
	    "put it in the other way round, or another one" } },
	{ 0, not_all_pins, { 0, "it does not take PINs of every length from 6 to 16",
	    "cards whose PIN is of another length cannot be used at it",
	    "choose PINs that it takes" } },
	{ 0, no_change, { 0, "it offers no MODIFY_PIN_DIRECT (07)",
	    "PINs cannot be changed at it", "change PINs at another reader" } },
	{ 0, contradicts, { 0, "its two kinds of properties contradict each other",
	    "programs may show or check something else than it does",
	    "nothing, if PIN entry works: `--pin` tries it" } },
	{ 0, exchanged, { 0, "it exchanges lines and columns of its display",
	    "programs think that its lines are very short", "nothing" } },
	{ 0, small_apdus, { 0, "it passes on less than 261 bytes at once",
	    "long commands to the card fail", "take another reader if cards fail in it" } },
	{ 0, refuses_text, { 0, "it has a display, but refuses our text",
	    "on some readers host text is an option of the firmware",
	    "nothing: ceremonies say their prompts at the command line" } },
	{ 0, no_text, { 0, "it shows no texts of ours",
	    "ceremonies say their prompts at the command line, where Enter answers them",
	    "nothing; PINs are entered at the reader all the same" } },
	{ 0, is_shared, { 0, "another program uses the reader, too",
	    "its display was left alone; that program may lock the card at any time",
	    "end that program, if you can, and ask again" } },
	{ 0, another_card, { 0, "the reader and pcscd do not agree on whether there is a card",
	    "it came or went just now, or the driver does not notice",
	    "ask again; then take the card out and put it in" } },
	{ 0, no_card, { 0, "there is no card in it", "the card's side was not looked at",
	    "put a card in and ask again" } },
};

size_t
padcheck(const struct pad_report *v, const struct pad_finding *out[PADCHECK_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].unreachable == (v->err != 0) && rules[i].fits(v) && n < PADCHECK_MAX)
			out[n++] = &rules[i].finding;
	return n;
}
