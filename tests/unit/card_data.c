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

/* As many files as there may be, and as many bytes. */
static void
fill(struct card_data *c)
{
	struct card_file f = { .kind = FILE_EF, .life = LIFE_ACTIVATED, .size = 100 };

	while (c->files_n < CARD_FILES_MAX) {
		f.fid = (uint16_t)(0x1000 + c->files_n);
		if (c->files_n == CARD_FILES_MAX - 1)
			f.size = (uint16_t)files_room(c);
		CU_ASSERT_NOT_EQUAL_FATAL(files_add(c, &f), CARD_NO_FILE);
	}
	CU_ASSERT_EQUAL(files_room(c), 0);
}

static void
a_full_card_fits_its_image(void)
{
	struct wr wr;

	fresh();
	fill(&data);
	wr_init(&wr, mem, CARD_IMAGE_MAX);
	OK(card_data_encode(&data, &wr));
	OK(card_data_decode(mem, wr.n, &back));
	SAME(&back, &data, sizeof(data));
	wr_init(&wr, mem, 1000);
	CU_ASSERT_EQUAL(card_data_encode(&data, &wr), ERR_SIZE);
}

static void
no_more_files_go_on_a_card_than_it_has_room_for(void)
{
	struct card_file f = { .kind = FILE_EF, .life = LIFE_ACTIVATED, .fid = 0x2000 };

	fresh();
	fill(&data);
	CU_ASSERT_EQUAL(files_add(&data, &f), CARD_NO_FILE);
	files_remove(&data, CARD_FILES_MAX - 2);
	CU_ASSERT_EQUAL(files_room(&data), 100);
	f.size = 101;
	CU_ASSERT_EQUAL(files_add(&data, &f), CARD_NO_FILE);
	f.size = 100;
	CU_ASSERT_EQUAL(files_add(&data, &f), CARD_FILES_MAX - 2);
}

/* A file costs something itself, however small it is; growing costs what is added. */
static void
the_last_bytes_go_to_one_file(void)
{
	struct card_file f = { .kind = FILE_EF, .life = LIFE_ACTIVATED, .fid = 0x2000 };
	static uint8_t p[CARD_SPACE];
	struct wr wr;
	uint16_t i;

	fresh();
	f.size = (uint16_t)(files_room(&data) - 1);
	i = files_add(&data, &f);
	CU_ASSERT_NOT_EQUAL_FATAL(i, CARD_NO_FILE);
	CU_ASSERT_EQUAL(files_room(&data), 0);
	f.fid++;
	f.size = 0;
	CU_ASSERT_EQUAL(files_add(&data, &f), CARD_NO_FILE);
	CU_ASSERT_EQUAL(files_fill(&data, i, p, data.file[i].size + 2U), ERR_SIZE);
	OK(files_fill(&data, i, p, data.file[i].size + 1U));
	wr_init(&wr, mem, sizeof(mem));
	OK(card_data_encode(&data, &wr));
	CU_ASSERT_EQUAL(files_fill(&data, 1, p, data.file[1].size + 1U), ERR_SIZE);
	OK(files_fill(&data, i, p, 1));
	OK(files_fill(&data, 1, p, data.file[1].size + 1U));
}

/* The MF and seven below it are eight levels; in the last one stand EFs. */
static void
a_ninth_level_is_never_written(void)
{
	struct card_file f = { .kind = FILE_DF, .life = LIFE_ACTIVATED, .fid = 0x5a10 };
	struct wr wr;

	fresh();
	for (int i = 0; i < 7; i++)
		f.parent = files_add(&data, &f);
	f.kind = FILE_EF;
	CU_ASSERT_NOT_EQUAL(files_add(&data, &f), CARD_NO_FILE);
	wr_init(&wr, mem, sizeof(mem));
	OK(card_data_encode(&data, &wr));
	OK(card_data_decode(mem, wr.n, &back));
	data.file[data.files_n - 1].kind = FILE_DF;
	CU_ASSERT_EQUAL(card_data_encode(&data, &wr), ERR_ARG);
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
enum { MF, DIR, GDO, CERT, SHARE_DF, PIN, SHARE, HEADER, SLOT_DF, SLOT_PIN, SLOT_USER };

static uint8_t *
pin(struct card_data *c)
{
	return files_content(c, PIN);
}

#define BREAK(name, line) static void name(struct card_data *c) { line; }
BREAK(no_files, c->files_n = 0)
BREAK(too_many_files, c->files_n = CARD_FILES_MAX + 1)
BREAK(last_place_free, c->files_n++)
BREAK(mf_of_another_name, c->file[MF].fid = 0x3f01)
BREAK(mf_with_a_parent, c->file[MF].parent = MF)
BREAK(mf_that_is_an_ef, c->file[MF].kind = FILE_EF)
BREAK(second_mf, c->file[GDO].fid = FID_MF)
BREAK(fid_0, c->file[GDO].fid = 0)
BREAK(fid_3fff, c->file[GDO].fid = 0x3fff)
BREAK(fid_ffff, c->file[GDO].fid = 0xffff)
BREAK(fid_twice, c->file[GDO].fid = FID_DIR)
BREAK(df_fid_twice, c->file[SLOT_DF].fid = FID_SHARE_DF)
BREAK(orphan, c->file[GDO].parent = 99)
BREAK(no_parent, c->file[GDO].parent = CARD_NO_FILE)
BREAK(parent_that_is_an_ef, c->file[GDO].parent = DIR)
BREAK(its_own_parent, c->file[SHARE_DF].parent = SHARE_DF)
BREAK(parents_in_a_ring, (c->file[SHARE_DF].parent = SLOT_DF, c->file[SLOT_DF].parent = SHARE_DF))
BREAK(free_with_a_name, c->file[GDO].kind = FILE_FREE)
BREAK(kind_too_high, c->file[GDO].kind = FILE_KINDS)
BREAK(rule_always_and_pin,
    (c->file[GDO].rule[OP_READ].needs |= ACCESS_PIN, c->file[GDO].rule[OP_READ].pin = PIN_REF))
BREAK(rule_unknown, c->file[GDO].rule[OP_READ].needs = 0x10)
BREAK(rule_pin_without_reference, c->file[SHARE].rule[OP_READ].pin = 0)
BREAK(rule_reference_without_pin, c->file[GDO].rule[OP_READ].pin = PIN_REF)
BREAK(rule_key_without_reference, c->file[SHARE].rule[OP_READ].needs |= ACCESS_KEY)
BREAK(life_0, c->file[GDO].life = 0)
BREAK(ef_being_made, c->file[GDO].life = LIFE_INITIALISATION)
BREAK(life_unknown, c->file[GDO].life = 0x0d)
BREAK(aid_too_long, c->file[SHARE_DF].aid_n = 17)
BREAK(aid_of_an_ef, c->file[GDO].aid_n = 1)
BREAK(df_with_size, c->file[SHARE_DF].size = 1)
BREAK(ef_out_of_the_space, c->file[GDO].at = (uint16_t)c->space_n)
BREAK(ef_over_another, c->file[GDO].at = c->file[DIR].at)
BREAK(ef_shorter_than_its_space, c->file[GDO].size--)
BREAK(empty_ef_somewhere, (c->file[GDO].size = 0, c->file[GDO].at = 1))
BREAK(space_over, c->space_n = CARD_SPACE + 1)
BREAK(space_longer, c->space_n++)
BREAK(ef_with_a_reference, c->file[GDO].ref = PIN_REF)
BREAK(ef_with_a_key, c->file[GDO].key = 1)
BREAK(ef_with_records, c->file[GDO].records = 1)
BREAK(sfi_31, c->file[GDO].sfi = 31)
BREAK(sfi_of_a_df, c->file[SHARE_DF].sfi = 1)
BREAK(sfi_twice, c->file[GDO].sfi = c->file[DIR].sfi = 1)
BREAK(ef_that_is_a_window, c->file[GDO].window_of = FID_DIR)
BREAK(window_of_nothing, c->file[HEADER].window_of = 0)
BREAK(window_of_none, c->file[HEADER].window_of = 0x4103)
BREAK(window_of_itself, c->file[HEADER].window_of = FID_SHARE_HEADER)
BREAK(window_larger_than_its_file, c->file[HEADER].size = SHARE_RECORD_LEN + 1)
BREAK(window_to_update, c->file[HEADER].rule[OP_UPDATE].needs = ACCESS_ALWAYS)
BREAK(window_to_write, c->file[HEADER].rule[OP_WRITE].needs = ACCESS_ALWAYS)
BREAK(window_to_erase, c->file[HEADER].rule[OP_ERASE].needs = ACCESS_ALWAYS)
BREAK(pin_without_reference, c->file[PIN].ref = 0)
BREAK(pin_twice, (c->file[SLOT_PIN].parent = SHARE_DF, c->file[SLOT_PIN].fid = 0x5082))
BREAK(pin_min_0, pin(c)[0] = 0)
BREAK(pin_min_over_max, pin(c)[0] = PIN_MAX + 1)
BREAK(pin_max, pin(c)[1] = PIN_MAX + 1)
BREAK(pin_too_short, pin(c)[2] = PIN_MIN - 1)
BREAK(pin_too_long, pin(c)[2] = PIN_MAX + 1)
BREAK(tries_over_most, pin(c)[3] = PIN_TRIES + 1)
BREAK(tries_most_0, (pin(c)[3] = 0, pin(c)[4] = 0))
BREAK(tries_most_16, pin(c)[4] = 16)
BREAK(factory_2, pin(c)[5] = 2)
BREAK(disabled_2, pin(c)[6] = 2)

#define BROKEN(name) { #name, name }
static const struct {
	const char *why;
	void (*change)(struct card_data *);
} broken[] = {
	BROKEN(no_files), BROKEN(too_many_files), BROKEN(last_place_free),
	BROKEN(mf_of_another_name), BROKEN(mf_with_a_parent), BROKEN(mf_that_is_an_ef),
	BROKEN(second_mf), BROKEN(fid_0), BROKEN(fid_3fff), BROKEN(fid_ffff), BROKEN(fid_twice),
	BROKEN(df_fid_twice), BROKEN(orphan), BROKEN(no_parent), BROKEN(parent_that_is_an_ef),
	BROKEN(its_own_parent), BROKEN(parents_in_a_ring), BROKEN(free_with_a_name),
	BROKEN(kind_too_high), BROKEN(rule_always_and_pin), BROKEN(rule_unknown),
	BROKEN(rule_pin_without_reference), BROKEN(rule_reference_without_pin),
	BROKEN(rule_key_without_reference), BROKEN(life_0), BROKEN(ef_being_made),
	BROKEN(life_unknown), BROKEN(aid_too_long), BROKEN(aid_of_an_ef), BROKEN(df_with_size),
	BROKEN(ef_out_of_the_space), BROKEN(ef_over_another), BROKEN(ef_shorter_than_its_space),
	BROKEN(empty_ef_somewhere), BROKEN(space_over), BROKEN(space_longer),
	BROKEN(ef_with_a_reference), BROKEN(ef_with_a_key), BROKEN(ef_with_records),
	BROKEN(sfi_31), BROKEN(sfi_of_a_df), BROKEN(sfi_twice), BROKEN(ef_that_is_a_window),
	BROKEN(window_of_nothing), BROKEN(window_of_none), BROKEN(window_of_itself),
	BROKEN(window_larger_than_its_file), BROKEN(window_to_update), BROKEN(window_to_write),
	BROKEN(window_to_erase), BROKEN(pin_without_reference), BROKEN(pin_twice),
	BROKEN(pin_min_0), BROKEN(pin_min_over_max), BROKEN(pin_max), BROKEN(pin_too_short),
	BROKEN(pin_too_long), BROKEN(tries_over_most), BROKEN(tries_most_0),
	BROKEN(tries_most_16), BROKEN(factory_2), BROKEN(disabled_2),
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
	{ "129 files", 42, "0081" },
	{ "65535 files", 42, "FFFF" },
	{ "12 files where 11 are", 42, "000C" },
	{ "10 files where 11 are", 42, "000A" },
	{ "the MF is an EF", 44, "02" },
	{ "the MF is free", 44, "00" },
	{ "the MF is called 3F01", 46, "3F01" },
	{ "the MF has a parent", 48, "0000" },
	{ "a name of 17 bytes", 54, "11" },
	{ "a name of 255 bytes", 54, "FF" },
	{ "the MF has a size", 103, "0001" },
	{ "an EF of 65535 bytes", 164, "FFFF" },
	{ "an EF behind the end", 162, "FFFF" },
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
	static const uint8_t place[] = { FILE_FREE };
	enum { FILES_AT = HEAD + 42, MF_LENGTH = 61 };

	fresh();
	for (int i = 0; i < 500; i++)
		insert(FILES_AT + 2 + MF_LENGTH, place, sizeof(place));
	d.disk[FILES_AT] = (500 + 11) >> 8;
	d.disk[FILES_AT + 1] = (500 + 11) & 0xff;
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
	SENTENCE(no_more_files_go_on_a_card_than_it_has_room_for),
	SENTENCE(the_last_bytes_go_to_one_file),
	SENTENCE(a_ninth_level_is_never_written),
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
