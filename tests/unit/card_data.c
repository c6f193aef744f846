#include <string.h>

#include <openssl/evp.h>

#include "card-os/iso7816/err.h"
#include "card-os/os/files.h"
#include "tests/unit/deck.h"
#include "tests/unit/suite.h"

static struct deck d;
static struct card_data data, back;
static uint8_t mem[CARD_IMAGE_MAX + 1];

static void
fresh(void)
{
	deck_new(&d);
	data = d.card.data;
}

static void
what_is_encoded_is_decoded_again(void)
{
	struct wr wr;

	fresh();
	wr_init(&wr, mem, sizeof(mem));
	OK(card_data_encode(&data, &wr));
	OK(card_data_decode(mem, wr.n, &back));
	SAME(&back, &data, sizeof(data));
	CU_ASSERT_EQUAL(wr.n, d.n);
	SAME(mem, d.disk, d.n);
}

static void
a_full_card_fits_its_image(void)
{
	struct wr wr;

	fresh();
	while (data.files_n < CARD_FILES_MAX) {
		struct card_file *f = &data.file[data.files_n++];

		memset(f, 0, sizeof(*f));
		f->parent = FID_MF;
		f->fid = (uint16_t)(0x1000 + data.files_n);
		f->kind = FILE_EF;
	}
	for (size_t i = 0; i < data.files_n; i++)
		if (data.file[i].kind == FILE_EF)
			data.file[i].size = CARD_FILE_MAX;
	while (data.pins_n < CARD_PINS_MAX) {
		data.pin[data.pins_n] = data.pin[0];
		data.pin[data.pins_n].ref = (uint8_t)(PIN_REF + data.pins_n);
		data.pins_n++;
	}
	wr_init(&wr, mem, CARD_IMAGE_MAX);
	OK(card_data_encode(&data, &wr));
	OK(card_data_decode(mem, wr.n, &back));
	SAME(&back, &data, sizeof(data));
	wr_init(&wr, mem, 1000);
	CU_ASSERT_EQUAL(card_data_encode(&data, &wr), ERR_SIZE);
}

static void
each_bit_of_an_image_counts(void)
{
	static const struct card_data empty;
	int r;

	fresh();
	for (size_t bit = 0; bit < 8 * d.n; bit++) {
		d.disk[bit / 8] ^= (uint8_t)(1 << bit % 8);
		r = card_data_decode(d.disk, d.n, &back);
		CU_ASSERT_EQUAL(r, bit < 64 ? ERR_FORMAT : bit < 80 ? ERR_VERSION :
		    bit < 112 ? ERR_FORMAT : ERR_MAC);
		d.disk[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	SAME(&back, &empty, sizeof(empty));
}

static void
an_image_that_is_cut_or_longer_is_refused(void)
{
	fresh();
	for (size_t n = 0; n < d.n; n++)
		CU_ASSERT_EQUAL(card_data_decode(d.disk, n, &back), ERR_FORMAT);
	memcpy(mem, d.disk, d.n);
	mem[d.n] = 0;
	CU_ASSERT_EQUAL(card_data_decode(mem, d.n + 1, &back), ERR_FORMAT);
}

/* Files of profile tcos by their place in the table. */
enum { MF, DIR, GDO, CERT, SHARE_DF, SHARE, HEADER, SLOT_DF, SLOT_USER };

#define BREAK(name, line) static void name(struct card_data *c) { line; }
BREAK(no_files, c->files_n = 0)
BREAK(too_many_files, c->files_n = CARD_FILES_MAX + 1)
BREAK(too_many_pins, c->pins_n = CARD_PINS_MAX + 1)
BREAK(mf_of_another_name, c->file[MF].fid = 0x3f01)
BREAK(mf_with_a_parent, c->file[MF].parent = FID_MF)
BREAK(mf_that_is_an_ef, c->file[MF].kind = FILE_EF)
BREAK(second_mf, c->file[GDO].fid = FID_MF)
BREAK(fid_0, c->file[GDO].fid = 0)
BREAK(fid_3fff, c->file[GDO].fid = 0x3fff)
BREAK(fid_ffff, c->file[GDO].fid = 0xffff)
BREAK(fid_twice, c->file[GDO].fid = FID_DIR)
BREAK(df_fid_twice, c->file[SLOT_DF].fid = FID_SHARE_DF)
BREAK(df_fid_twice_elsewhere,
    (c->file[SLOT_DF].fid = FID_SHARE_DF, c->file[SLOT_DF].parent = FID_SHARE_DF))
BREAK(orphan, c->file[GDO].parent = 0x1234)
BREAK(parent_that_is_an_ef, c->file[GDO].parent = FID_DIR)
BREAK(parent_that_comes_later, c->file[GDO].parent = FID_SHARE_DF)
BREAK(its_own_parent, c->file[SHARE_DF].parent = FID_SHARE_DF)
BREAK(kind_0, c->file[GDO].kind = 0)
BREAK(kind_4, c->file[GDO].kind = 4)
BREAK(read_rule, c->file[GDO].read = 4)
BREAK(update_rule, c->file[GDO].update = 4)
BREAK(aid_too_long, c->file[SHARE_DF].aid_n = 17)
BREAK(aid_of_an_ef, c->file[GDO].aid_n = 1)
BREAK(df_with_size, c->file[SHARE_DF].size = 1)
BREAK(ef_too_large, c->file[GDO].size = CARD_FILE_MAX + 1)
BREAK(ef_that_is_a_window, c->file[GDO].window_of = FID_DIR)
BREAK(window_of_nothing, c->file[HEADER].window_of = 0)
BREAK(window_of_none, c->file[HEADER].window_of = 0x4103)
BREAK(window_of_itself, c->file[HEADER].window_of = FID_SHARE_HEADER)
BREAK(window_larger_than_its_file, c->file[HEADER].size = SHARE_RECORD_LEN + 1)
BREAK(window_to_write, c->file[HEADER].update = ACCESS_ALWAYS)
BREAK(pin_without_df, c->pin[0].df = 0x1234)
BREAK(pin_of_an_ef, c->pin[0].df = FID_GDO)
BREAK(pin_twice, c->pin[1].df = FID_SHARE_DF)
BREAK(pin_min_0, c->pin[0].min = 0)
BREAK(pin_too_short, c->pin[0].digits = PIN_MIN - 1)
BREAK(pin_too_long, c->pin[0].digits = PIN_MAX + 1)
BREAK(pin_max, c->pin[0].max = PIN_MAX + 1)
BREAK(tries_over_most, c->pin[0].tries = PIN_TRIES + 1)
BREAK(tries_most_0, (c->pin[0].tries = 0, c->pin[0].tries_max = 0))
BREAK(tries_most_16, c->pin[0].tries_max = 16)
BREAK(factory_2, c->pin[0].factory = 2)

#define BROKEN(name) { #name, name }
static const struct {
	const char *why;
	void (*change)(struct card_data *);
} broken[] = {
	BROKEN(no_files), BROKEN(too_many_files), BROKEN(too_many_pins), BROKEN(mf_of_another_name),
	BROKEN(mf_with_a_parent), BROKEN(mf_that_is_an_ef), BROKEN(second_mf), BROKEN(fid_0),
	BROKEN(fid_3fff), BROKEN(fid_ffff), BROKEN(fid_twice), BROKEN(df_fid_twice),
	BROKEN(df_fid_twice_elsewhere), BROKEN(orphan), BROKEN(parent_that_is_an_ef),
	BROKEN(parent_that_comes_later), BROKEN(its_own_parent), BROKEN(kind_0), BROKEN(kind_4),
	BROKEN(read_rule), BROKEN(update_rule), BROKEN(aid_too_long), BROKEN(aid_of_an_ef),
	BROKEN(df_with_size), BROKEN(ef_too_large), BROKEN(ef_that_is_a_window),
	BROKEN(window_of_nothing), BROKEN(window_of_none), BROKEN(window_of_itself),
	BROKEN(window_larger_than_its_file), BROKEN(window_to_write), BROKEN(pin_without_df),
	BROKEN(pin_of_an_ef), BROKEN(pin_twice), BROKEN(pin_min_0), BROKEN(pin_too_short),
	BROKEN(pin_too_long), BROKEN(pin_max), BROKEN(tries_over_most), BROKEN(tries_most_0),
	BROKEN(tries_most_16), BROKEN(factory_2),
};

static void
a_state_that_cannot_be_is_never_written(void)
{
	struct wr wr;

	fresh();
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		data = d.card.data;
		broken[i].change(&data);
		wr_init(&wr, mem, sizeof(mem));
		if (card_data_encode(&data, &wr) != ERR_ARG || wr.n != 0)
			CU_FAIL(broken[i].why);
	}
}

/* Bytes in an image, changed by hand, with a right sum. */
static const struct {
	const char *why;
	size_t at;		/* from the end of the head */
	const char *bytes;
} forged[] = {
	{ "no files", 42, "0000" },
	{ "33 files", 42, "0021" },
	{ "65535 files", 42, "FFFF" },
	{ "10 files where 9 are", 42, "000A" },
	{ "8 files where 9 are", 42, "0008" },
	{ "the MF is called 3F01", 44, "3F01" },
	{ "the MF has a parent", 46, "3F00" },
	{ "the MF is an EF", 48, "02" },
	{ "a name of 17 bytes", 51, "11" },
	{ "a name of 255 bytes", 51, "FF" },
	{ "the MF has a size", 54, "0001" },
	{ "an EF of 65535 bytes", 66, "FFFF" },
	{ "an EF of 2049 bytes", 66, "0801" },
};

enum { HEAD = 14, SUM = 32 };

static void
put_sum(void)
{
	OK(EVP_Digest(d.disk, d.n - SUM, d.disk + d.n - SUM, NULL, EVP_sha256(), NULL) != 1);
}

/* Puts n bytes there, and length and sum right. */
static void
insert(size_t at, const uint8_t *p, size_t n)
{
	struct wr wr;

	memmove(d.disk + at + n, d.disk + at, d.n - at);
	memcpy(d.disk + at, p, n);
	d.n += n;
	wr_init(&wr, d.disk + 10, 4);
	wr_u32(&wr, (uint32_t)d.n);
	put_sum();
}

static void
bytes_left_over_in_an_image_are_refused(void)
{
	fresh();
	insert(d.n - SUM, (const uint8_t *)"", 1);
	CU_ASSERT_EQUAL(card_data_decode(d.disk, d.n, &back), ERR_FORMAT);
}

static void
more_files_than_fit_are_refused(void)
{
	static const uint8_t ef[12] = { 0x10, 0, 0x3f, 0, FILE_EF };
	enum { FILES_AT = HEAD + 42, MF_LENGTH = 12 };

	fresh();
	for (int i = 0; i < 500; i++)
		insert(FILES_AT + 2 + MF_LENGTH, ef, sizeof(ef));
	d.disk[FILES_AT] = (500 + 9) >> 8;
	d.disk[FILES_AT + 1] = (500 + 9) & 0xff;
	put_sum();
	CU_ASSERT_EQUAL(card_data_decode(d.disk, d.n, &back), ERR_FORMAT);
}

static void
an_authentic_image_still_has_to_be_sound(void)
{
	uint8_t bytes[8];
	size_t n;

	for (size_t i = 0; i < sizeof(forged) / sizeof(forged[0]); i++) {
		fresh();
		n = hex(forged[i].bytes, bytes, sizeof(bytes));
		CU_ASSERT_NOT_EQUAL(memcmp(d.disk + HEAD + forged[i].at, bytes, n), 0);
		memcpy(d.disk + HEAD + forged[i].at, bytes, n);
		put_sum();
		if (card_data_decode(d.disk, d.n, &back) != ERR_FORMAT || back.files_n != 0)
			CU_FAIL(forged[i].why);
	}
}

static void
a_card_that_cannot_be_loaded_stays_silent(void)
{
	struct card_store none = { NULL, NULL };
	uint8_t rsp[2], atr[ATR_MAX];

	fresh();
	CU_ASSERT_EQUAL(card_load(&d.card, d.disk, d.n - 1, none), ERR_FORMAT);
	CU_ASSERT_EQUAL(card_power_up(&d.card, atr), 0);
	CU_ASSERT_EQUAL(card_transmit(&d.card, (const uint8_t *)"\0\xa4\0\x0c", 4, rsp), 0);
}

static void
a_wiped_card_is_all_zeros(void)
{
	static const struct card empty;

	fresh();
	card_wipe(&d.card);
	SAME(&d.card, &empty, sizeof(empty));
}

static const struct sentence sentences[] = {
	SENTENCE(what_is_encoded_is_decoded_again),
	SENTENCE(a_full_card_fits_its_image),
	SENTENCE(each_bit_of_an_image_counts),
	SENTENCE(an_image_that_is_cut_or_longer_is_refused),
	SENTENCE(a_state_that_cannot_be_is_never_written),
	SENTENCE(bytes_left_over_in_an_image_are_refused),
	SENTENCE(more_files_than_fit_are_refused),
	SENTENCE(an_authentic_image_still_has_to_be_sound),
	SENTENCE(a_card_that_cannot_be_loaded_stays_silent),
	SENTENCE(a_wiped_card_is_all_zeros),
};

SUITE("card_data", sentences)
