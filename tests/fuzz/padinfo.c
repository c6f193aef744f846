#include "hsm/cards/padcheck.h"

#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
is_text(const char *s, size_t cap)
{
	const size_t n = strnlen(s, cap);

	if (n == cap)
		abort();
	for (size_t i = 0; i < n; i++)
		if (s[i] < 0x20 || s[i] > 0x7e)
			abort();
}

/* The answers of a reader that says anything, in turn from the input; the first bytes say how long each is. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const struct pad_finding *f[PADCHECK_MAX];
	static struct pad_report v;
	const uint8_t *q = p, *answer[7];
	size_t size[7], i, found;

	memset(&v, 0, sizeof(v));
	for (i = 0; i < 7; i++) {
		size[i] = n == 0 ? 0 : *q++;
		n -= n != 0;
		size[i] = size[i] < n ? size[i] : n;
		answer[i] = q;
		q += size[i];
		n -= size[i];
	}
	v.features_err = padinfo_features(answer[0], size[0], &v);
	v.pin_err = padinfo_pin_properties(answer[1], size[1], &v.pin);
	v.tlv_err = padinfo_tlv_properties(answer[2], size[2], &v.tlv);
	v.units_err = padinfo_units(answer[3], size[3], &v.units);
	v.maker_err = padinfo_maker(answer[4], size[4], v.maker);
	v.icc_err = padinfo_icc(answer[5], size[5], &v.icc_present);
	v.universal_err = padinfo_universal_answer(&answer[6], &size[6]);
	if (v.features > PADINFO_FEATURES_MAX || v.units.n > PADINFO_UNITS_MAX ||
	    (v.tlv.said & ~0x1ffeu) != 0 || (v.icc_present & ~1) != 0)
		abort();
	is_text(v.tlv.firmware, sizeof(v.tlv.firmware));
	is_text(v.maker, sizeof(v.maker));
	for (i = 0; i < v.features; i++)
		if (padinfo_feature_name(v.feature[i].tag)[0] == '\0')
			abort();
	found = padcheck(&v, f);
	for (i = 0; i < found; i++)
		if (f[i]->what == NULL || f[i]->means == NULL || f[i]->todo == NULL)
			abort();
	return 0;
}
