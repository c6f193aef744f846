#include "hsm/cli/reader.h"

#include <stdio.h>

#include "hsm/admin/names.h"

/* Names of readers may be no UTF-8; what JSON cannot hold becomes a question mark. */
static json_t *
name_of(const char *s)
{
	char safe[CARDS_NAME_MAX];
	json_t *j = json_string(s);
	size_t n;

	if (j != NULL)
		return j;
	for (n = 0; s[n] != '\0' && n + 1 < sizeof(safe); n++)
		safe[n] = (unsigned char)s[n] < 0x80 ? s[n] : '?';
	safe[n] = '\0';
	return json_string(safe);
}

static json_t *
error_of(int err)
{
	return err == 0 ? json_null() : json_string(name_of_err(err));
}

static json_t *
flag_if(const struct pad_report *v, int is)
{
	return v->err != 0 ? json_null() : json_boolean(is);
}

json_t *
reader_list_json(const struct pad_report *v, size_t n)
{
	json_t *list = json_array();

	for (; list != NULL && n > 0; n--, v++)
		json_array_append_new(list, json_pack("{s:o, s:o, s:o, s:o, s:b, s:b}",
		    "reader", name_of(v->name), "error", error_of(v->err),
		    "pin_pad", flag_if(v, padinfo_code(v, FEATURE_VERIFY) != 0),
		    "text", flag_if(v, v->units_err == 0 && padinfo_has_unit(&v->units, 0x40)),
		    "card", v->present, "mute", v->mute));
	return list;
}

static json_t *
card(const struct pad_report *v)
{
	char atr[2 * sizeof(v->atr) + 1] = "";

	for (size_t i = 0; i < v->atr_n; i++)
		(void)snprintf(atr + 2 * i, 3, "%02X", v->atr[i]);
	return json_pack("{s:b, s:b, s:s}", "present", v->present, "mute", v->mute, "atr", atr);
}

static json_t *
features(const struct pad_report *v)
{
	json_t *list = json_array();
	char code[16];

	for (size_t i = 0; list != NULL && i < v->features; i++) {
		(void)snprintf(code, sizeof(code), "%08X", v->feature[i].code);
		json_array_append_new(list, json_pack("{s:i, s:s, s:s}", "tag",
		    v->feature[i].tag, "name", padinfo_feature_name(v->feature[i].tag), "code",
		    code));
	}
	return list;
}

/* Only what the reader says of itself. */
static json_t *
properties(int err, const struct pad_properties *p)
{
	const struct {
		unsigned property;
		const char *name;
		json_int_t value;
	} numbers[] = {
		{ PROPERTY_LAYOUT, "lines", p->lines },
		{ PROPERTY_LAYOUT, "columns", p->columns },
		{ PROPERTY_CONDITION, "condition", p->condition },
		{ PROPERTY_TIMEOUT, "next_timeout", p->next_timeout },
		{ PROPERTY_CHARACTERS, "max_characters", p->characters },
		{ PROPERTY_LINES, "max_lines", p->text_lines },
		{ PROPERTY_PIN_MIN, "pin_min", p->pin_min },
		{ PROPERTY_PIN_MAX, "pin_max", p->pin_max },
		{ PROPERTY_PPDU, "ppdu", p->ppdu },
		{ PROPERTY_APDU_MAX, "apdu_max", p->apdu_max },
		{ PROPERTY_VENDOR, "vendor", p->vendor },
		{ PROPERTY_PRODUCT, "product", p->product },
	};
	json_t *out = err == 0 ? json_object() : json_null();

	for (size_t i = 0; err == 0 && i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if ((p->said >> numbers[i].property & 1u) != 0)
			json_object_set_new(out, numbers[i].name, json_integer(numbers[i].value));
	if (err == 0 && (p->said >> PROPERTY_FIRMWARE & 1u) != 0)
		json_object_set_new(out, "firmware", json_string(p->firmware));
	return out;
}

static json_t *
units(const struct pad_report *v)
{
	json_t *list = v->units_err == 0 ? json_array() : json_null();

	for (size_t i = 0; v->units_err == 0 && i < v->units.n; i++)
		json_array_append_new(list, json_integer(v->units.unit[i]));
	return list;
}

json_t *
reader_json(const struct pad_report *v, const struct pad_finding *const *findings, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; list != NULL && i < n; i++)
		json_array_append_new(list, json_pack("{s:b, s:s, s:s, s:s}", "wrong",
		    findings[i]->wrong, "what", findings[i]->what, "means", findings[i]->means,
		    "do", findings[i]->todo));
	if (v->err != 0)
		return json_pack("{s:o, s:o, s:o}", "reader", name_of(v->name), "error",
		    error_of(v->err), "findings", list);
	return json_pack("{s:o, s:n, s:o, s:b, s:o, s:o, s:o, s:o, s:s?, s:b, s:o}",
	    "reader", name_of(v->name), "error", "card", card(v), "in_use", v->in_use,
	    "features", features(v),
	    "pin_properties", properties(v->pin_err, &v->pin),
	    "tlv_properties", properties(v->tlv_err, &v->tlv),
	    "units", units(v), "maker", v->maker_err == 0 ? v->maker : NULL,
	    "text", v->text_err == 0, "findings", list);
}
