#include <stdio.h>
#include <string.h>

#include "card-os/os/files.h"
#include "tests/unit/holder.h"
#include "tests/unit/suite.h"

static struct deck d;
static struct sm sm;
static struct holder alice;

#define TAKE_AWAY "00DB3FFF 02 7000"

static void
loaded(void)
{
	deck_new(&d);
	holder_make(&alice);
	CU_ASSERT_EQUAL_FATAL(holder_load(&d, &sm, &alice), SW_OK);
}

static void
a_credential_is_loaded_as_a_whole_and_its_public_parts_are_free_to_read(void)
{
	static const struct deck_step point[] = {
		{ SELECT_SLOT, SW_OK, "" },
		{ "00A4020C02 4103", SW_OK, "" },
		{ "00B0000000", SW_OK, NULL },
	};
	static const struct deck_step record[] = {
		{ "00A4020C02 4101", SW_OK, "" },
		{ "00B0000000", SW_OK, NULL },
	};
	uint8_t der[2048], *p = der;
	int n;

	loaded();
	deck_reload(&d);
	deck_play(&d, point, 3);
	CU_ASSERT_EQUAL(d.rsp_n, P256_POINT);
	SAME(d.rsp, alice.point, P256_POINT);
	deck_play(&d, record, 2);
	SAME(d.rsp, alice.record, SLOT_USER_LEN);
	CU_ASSERT_EQUAL(deck_hex(&d, "00A4020C02 4102"), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, "00B00000 000000"), SW_OK);
	n = i2d_PublicKey(alice.rsa, &p);
	CU_ASSERT_EQUAL(d.rsp_n, n);
	SAME(d.rsp, der, (size_t)n);
	CU_ASSERT_EQUAL(deck_hex(&d, "00A4020C02 4331"), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, "00B00000 000000"), SW_OK);
	p = der;
	n = i2d_X509(alice.cert, &p);
	CU_ASSERT_EQUAL(d.rsp_n, n);
	SAME(d.rsp, der, (size_t)n);
	holder_free(&alice);
}

static void
pkcs15_tells_of_a_credential_while_there_is_one(void)
{
	static const struct deck_step key[] = {
		{ "00A4080C04 50154402", SW_OK, "" },
		{ "00B0000001", SW_OK, "30" },
	};
	static const struct deck_step none[] = {
		{ "00A4080C04 50154402", SW_OK, "" },
		{ "00B0000001", SW_OK, "00" },
	};

	loaded();
	deck_play(&d, key, 2);
	OK(deck_open_channel(&d, &sm));
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, SELECT_SLOT), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, VERIFY_RIGHT), SW_OK);
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, TAKE_AWAY), SW_OK);
	deck_play(&d, none, 2);
	holder_free(&alice);
}

static void
no_command_reads_a_key(void)
{
	static const struct deck_step v[] = {
		{ SELECT_SLOT, SW_OK, "" },
		{ VERIFY_RIGHT, SW_OK, "" },
		{ "00A4020C02 5101", SW_OK, "" },
		{ "00B0000000", SW_NOT_TRANSPARENT, "" },
		{ "00D60000 01 00", SW_NOT_TRANSPARENT, "" },
		{ "00A4020C02 5102", SW_OK, "" },
		{ "00B0000000", SW_NOT_TRANSPARENT, "" },
	};

	loaded();
	deck_play(&d, v, sizeof(v) / sizeof(v[0]));
	holder_free(&alice);
}

static void
loading_needs_the_pin_and_the_channel(void)
{
	static uint8_t p[4096];
	size_t n;

	deck_new(&d);
	holder_make(&alice);
	n = holder_command(&alice, p, sizeof(p));
	CU_ASSERT_EQUAL(deck_hex(&d, SELECT_SLOT), SW_OK);
	CU_ASSERT_EQUAL(deck_send(&d, p, n), SW_SECURITY);
	CU_ASSERT_EQUAL(deck_hex(&d, VERIFY_RIGHT), SW_OK);
	CU_ASSERT_EQUAL(deck_send(&d, p, n), SW_SECURITY);
	OK(deck_open_channel(&d, &sm));
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, SELECT_SLOT), SW_OK);
	CU_ASSERT_EQUAL(deck_bytes_sm(&d, &sm, p, n), SW_SECURITY);
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, TAKE_AWAY), SW_SECURITY);
	CU_ASSERT_EQUAL(deck_hex(&d, VERIFY_RIGHT), SW_OK);
	CU_ASSERT_EQUAL(deck_bytes_sm(&d, &sm, p, n), SW_OK);
	holder_free(&alice);
}

static void
a_credential_is_not_replaced_but_taken_away_first(void)
{
	static struct card_data before;
	static uint8_t p[4096];
	size_t n;

	deck_new(&d);
	before = d.card.data;
	holder_make(&alice);
	n = holder_command(&alice, p, sizeof(p));
	CU_ASSERT_EQUAL_FATAL(holder_load(&d, &sm, &alice), SW_OK);
	CU_ASSERT_EQUAL(deck_bytes_sm(&d, &sm, p, n), SW_CONDITIONS);
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, TAKE_AWAY), SW_OK);
	CU_ASSERT_EQUAL(d.card.data.space_n, before.space_n);
	for (uint16_t i = 0; i < before.files_n; i++)
		CU_ASSERT(d.card.data.file[i].size == before.file[i].size &&
		    memcmp(files_bytes(&d.card.data, i), files_bytes(&before, i),
		    before.file[i].size) == 0);
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, TAKE_AWAY), SW_OK);
	CU_ASSERT_EQUAL(deck_bytes_sm(&d, &sm, p, n), SW_OK);
	holder_free(&alice);
}

static void
a_credential_that_cannot_be_saved_is_not_there(void)
{
	static uint8_t p[4096];
	size_t n;

	deck_new(&d);
	holder_make(&alice);
	n = holder_command(&alice, p, sizeof(p));
	OK(deck_open_channel(&d, &sm));
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, SELECT_SLOT), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, VERIFY_RIGHT), SW_OK);
	d.fail_at = d.saves + 1;
	d.fault = DECK_REFUSES;
	CU_ASSERT_EQUAL(deck_bytes_sm(&d, &sm, p, n), SW_MEMORY);
	/* Nor does its key stay in what was being changed. */
	CU_ASSERT_EQUAL(memcmp(&d.card.next, &d.card.data, sizeof(d.card.data)), 0);
	d.fail_at = 0;
	CU_ASSERT_EQUAL(deck_bytes_sm(&d, &sm, p, n), SW_OK);
	holder_free(&alice);
}

static void
a_full_card_takes_no_credential(void)
{
	struct card_file f = { .kind = FILE_EF, .life = LIFE_ACTIVATED, .fid = 0x4999 };
	static uint8_t p[4096];
	size_t n;
	uint16_t i;

	deck_new(&d);
	holder_make(&alice);
	n = holder_command(&alice, p, sizeof(p));
	/* Room for the public parts, but for a byte. */
	f.size = (uint16_t)(files_room(&d.card.data) - (size_t)i2d_PublicKey(alice.rsa, NULL) -
	    P256_POINT - (size_t)i2d_X509(alice.cert, NULL) + 1);
	i = files_add(&d.card.data, &f);
	OK(deck_open_channel(&d, &sm));
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, SELECT_SLOT), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, VERIFY_RIGHT), SW_OK);
	CU_ASSERT_EQUAL(deck_bytes_sm(&d, &sm, p, n), SW_NO_ROOM);
	CU_ASSERT_EQUAL(memcmp(&d.card.next, &d.card.data, sizeof(d.card.data)), 0);
	files_remove(&d.card.data, i);
	f.size--;
	files_add(&d.card.data, &f);
	CU_ASSERT_EQUAL(deck_bytes_sm(&d, &sm, p, n), SW_OK);
	holder_free(&alice);
}

/* With the other PIN a thief could fill the card with files that nobody may delete. */
static void
what_the_other_pin_makes_leaves_room_for_a_credential(void)
{
	static uint8_t p[4096];
	char text[80];
	unsigned fid = 0x6000;
	size_t n;

	deck_new(&d);
	CU_ASSERT_EQUAL(deck_hex(&d, SELECT_SHARE), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, VERIFY_RIGHT), SW_OK);
	for (unsigned size = 0x8000; size > 0; size /= 2) {
		snprintf(text, sizeof(text), "00E00000 0D 620B 8002%04X 820101 8302%04X", size, fid);
		fid += deck_hex(&d, text) == SW_OK;
	}
	CU_ASSERT(fid > 0x6002);
	CU_ASSERT_EQUAL(deck_hex(&d, "00DA0040 40 00000000000000000000000000000000000000000000"
	    "000000000000000000000000000000000000000000000000000000000000000000000000000000000000"),
	    SW_NO_ROOM);
	holder_make(&alice);
	n = holder_command(&alice, p, sizeof(p));
	OK(deck_open_channel(&d, &sm));
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, SELECT_SLOT), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, VERIFY_RIGHT), SW_OK);
	CU_ASSERT_EQUAL(deck_bytes_sm(&d, &sm, p, n), SW_OK);
	/* It takes what was kept for it, and goes when there is no more. */
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, "00DB3FFF 02 7000"), SW_OK);
	CU_ASSERT_EQUAL(deck_bytes_sm(&d, &sm, p, n), SW_OK);
	holder_free(&alice);
}

static void
the_rule_of_each_of_its_keys_counts(void)
{
	static const uint16_t fids[] = { FID_SLOT_SIGN, FID_SLOT_AGREE };
	static uint8_t p[4096];
	uint16_t df;
	size_t n;

	holder_make(&alice);
	n = holder_command(&alice, p, sizeof(p));
	for (size_t i = 0; i < 2; i++) {
		deck_new(&d);
		df = files_in(&d.card.data, 0, FID_SLOT_DF);
		d.card.data.file[files_in(&d.card.data, df, fids[i])].rule[OP_LOAD] =
		    (struct card_rule){ ACCESS_NEVER, 0, 0 };
		OK(deck_open_channel(&d, &sm));
		CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, SELECT_SLOT), SW_OK);
		CU_ASSERT_EQUAL(deck_hex(&d, VERIFY_RIGHT), SW_OK);
		CU_ASSERT_EQUAL(deck_bytes_sm(&d, &sm, p, n), SW_SECURITY);
	}
	holder_free(&alice);
}

static void
it_is_loaded_in_its_own_application_only(void)
{
	static uint8_t p[4096];
	size_t n;

	deck_new(&d);
	holder_make(&alice);
	n = holder_command(&alice, p, sizeof(p));
	OK(deck_open_channel(&d, &sm));
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, SELECT_SHARE), SW_OK);
	CU_ASSERT_EQUAL(deck_hex(&d, VERIFY_RIGHT), SW_OK);
	CU_ASSERT_EQUAL(deck_bytes_sm(&d, &sm, p, n), SW_NO_REFERENCE);
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, "00DB3FFE 02 7000"), SW_P1P2);
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, "00DB3FFF 02 7000 00"), SW_LENGTH);
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, "00DB3FFF"), SW_LENGTH);
	CU_ASSERT_EQUAL(deck_send_sm(&d, &sm, "00DB3FFF 02 7100"), SW_DATA);
	holder_free(&alice);
}

static const struct sentence sentences[] = {
	SENTENCE(a_credential_is_loaded_as_a_whole_and_its_public_parts_are_free_to_read),
	SENTENCE(pkcs15_tells_of_a_credential_while_there_is_one),
	SENTENCE(no_command_reads_a_key),
	SENTENCE(loading_needs_the_pin_and_the_channel),
	SENTENCE(a_credential_is_not_replaced_but_taken_away_first),
	SENTENCE(a_credential_that_cannot_be_saved_is_not_there),
	SENTENCE(a_full_card_takes_no_credential),
	SENTENCE(what_the_other_pin_makes_leaves_room_for_a_credential),
	SENTENCE(the_rule_of_each_of_its_keys_counts),
	SENTENCE(it_is_loaded_in_its_own_application_only),
};

SUITE("slot_user", sentences)
