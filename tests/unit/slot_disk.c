#include "tests/unit/past.h"

#include <stdio.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "hsm/vault/store_parts.h"
#include "tests/unit/suite.h"

static void
a_slot_that_was_tampered_with_stays_closed_until_it_is_another_one(void)
{
	struct place p;
	char text[64];
	uint64_t id;

	past_enter(&p);
	store_close(p.store);
	place_sql(&p, "DELETE FROM entry WHERE id IN (1, 7); DELETE FROM slot WHERE number = 1");
	past_open(&p);
	/* Slot 6 tells when it is opened, by the right code alone. */
	CU_ASSERT_EQUAL(token_info(&p, 6).damaged, 0);
	CU_ASSERT_EQUAL(token_login(&p, 6, SLOT_USER, "12345678"), ERR_PIN_WRONG);
	CU_ASSERT_EQUAL(token_login(&p, 6, SLOT_USER, TOKEN_TRIAL), ERR_MAC);
	CU_ASSERT_EQUAL(token_info(&p, 6).damaged, 1);
	CU_ASSERT_EQUAL(token_login(&p, 6, SLOT_USER, TOKEN_TRIAL), ERR_MAC);
	CU_ASSERT_EQUAL(token_change(&p, 6, SLOT_USER, TOKEN_TRIAL, TOKEN_CODE), ERR_MAC);
	CU_ASSERT_EQUAL(token_set_user(&p, 6, TOKEN_TRIAL_SO, TOKEN_CODE), ERR_MAC);
	CU_ASSERT_EQUAL(token_login(&p, 0, SLOT_USER, NULL), ERR_MAC);
	/* Of slot 1 nothing is known, not even its officer. */
	CU_ASSERT_EQUAL(token_info(&p, 1).initialised, 0);
	CU_ASSERT_EQUAL(token_info(&p, 1).present, 1);
	CU_ASSERT_EQUAL(token_init(&p, 1, TOKEN_SO, "no"), ERR_MAC);
	/* Its officer, or the administrator, makes another token of it. */
	OK(token_init(&p, 6, TOKEN_TRIAL_SO, "mended"));
	OK(slot_wipe(p.store, 0, NULL, 0));
	OK(slot_wipe(p.store, 1, (const uint8_t *)TOKEN_SO, strlen(TOKEN_SO)));
	for (unsigned i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(token_info(&p, 0).damaged, 0);
		CU_ASSERT_EQUAL(token_info(&p, 0).open, 1);
		CU_ASSERT_EQUAL(token_info(&p, 1).mode, SLOT_CODE);
		CU_ASSERT_EQUAL(token_info(&p, 1).damaged, 0);
		CU_ASSERT_EQUAL(token_info(&p, 6).damaged, 0);
		CU_ASSERT_EQUAL(token_read(&p, 0, A, text), ERR_NOT_FOUND);
		OK(token_add(&p, 0, OBJECT_PRIVATE, "new", NULL, &id));
		OK(token_add(&p, 1, OBJECT_PUBLIC, "new", NULL, &id));
		token_again(&p);
	}
	OK(token_set_user(&p, 1, TOKEN_SO, TOKEN_CODE));
	OK(token_login(&p, 1, SLOT_USER, TOKEN_CODE));
	place_leave(&p);
}

static void
a_token_that_is_made_without_its_past_does_not_take_it_back(void)
{
	struct place p;

	past_enter(&p);
	store_close(p.store);
	place_sql(&p, "DELETE FROM head");
	OK(store_open(&p.store, p.dir));
	OK(slot_wipe(p.store, 1, (const uint8_t *)TOKEN_SO, strlen(TOKEN_SO)));
	store_close(p.store);
	place_sql(&p, BACK("slot", "number = 1") BACK("manifest", "slot = 1")
	    BACK("object", "slot = 1") BACK("entry", "slot = 1") BACK("term", "slot = 1"));
	OK(store_open(&p.store, p.dir));
	CU_ASSERT_EQUAL(token_info(&p, 1).damaged, 1);
	CU_ASSERT_EQUAL(token_info(&p, 1).initialised, 0);
	/* The others have lost it for good: only the whole can be put back. */
	CU_ASSERT_EQUAL(token_info(&p, 0).damaged, 1);
	place_leave(&p);
}

static void
another_device_key_opens_no_slot_and_a_reset_mends_it(void)
{
	char path[2 * PATH_LEN], key[32];
	struct place p;
	FILE *f;

	past_enter(&p);
	store_close(p.store);
	f = fopen(place_file(&p, "device.key", path), "r+");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL(fread(key, 1, 32, f), 32);
	for (unsigned missing = 0; missing < 2; missing++) {
		if (missing)
			remove(path);
		else {
			key[0] ^= 1;
			rewind(f);
			fwrite(key, 1, 32, f);
			fclose(f);
		}
		OK(store_open(&p.store, p.dir));
		OK(slots_start(p.store));
		for (unsigned i = 0; i < SLOTS; i++) {
			CU_ASSERT_EQUAL(token_info(&p, i).damaged, 1);
			CU_ASSERT_EQUAL(token_login(&p, i, SLOT_USER, TOKEN_TRIAL), ERR_MAC);
		}
		store_close(p.store);
	}
	OK(store_open(&p.store, p.dir));
	OK(store_factory_reset(p.store));
	place_lead_to(&p, HSM_OPERATIONAL);
	CU_ASSERT_EQUAL(token_info(&p, 0).damaged, 0);
	CU_ASSERT_EQUAL(token_info(&p, 0).open, 1);
	place_leave(&p);
}

static int
is_zero(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != 0)
			return 0;
	return 1;
}

static void
what_lies_on_the_disk_opens_no_slot_of_mode_code(void)
{
	static const unsigned slots[] = { 1, 2, 3, 5 };
	const struct slot_record *rec;
	struct slot_plan plan;
	struct seal_key key;
	struct place p;

	token_enter(&p);
	plan = token_plan(SLOT_CODE, TOKEN_CODE, NULL);
	OK(slot_set_mode(p.store, 1, NULL, 0, &plan));
	OK(slot_set_mode(p.store, 2, NULL, 0, &plan));
	for (unsigned i = 0; i < 4; i++) {
		OK(token_login(&p, slots[i], SLOT_USER, TOKEN_CODE));
		key = *p.store->now.slot[slots[i]].key;
		OK(slot_leave(p.store, slots[i]));
		CU_ASSERT_PTR_NULL(p.store->now.slot[slots[i]].key);
		CU_ASSERT_PTR_NULL(p.store->now.slot[slots[i]].domain[PRIVATE].keys);
		/* Whoever has the device's key has the record, which holds nothing under that key alone. */
		rec = &p.store->now.slot[slots[i]].record;
		CU_ASSERT(is_zero(rec->automatic, sizeof(rec->automatic)));
		CU_ASSERT(is_zero(rec->user.kept, sizeof(rec->user.kept)));
		CU_ASSERT(rec->user.enveloped && !rec->user.stored);
		CU_ASSERT(!rec->so.stored || is_zero(rec->so.envelope, sizeof(rec->so.envelope)));
		CU_ASSERT_NOT_EQUAL(memcmp(rec->user.salt, rec->user.envelope_salt, DERIVE_SALT_LEN), 0);
		CU_ASSERT_EQUAL(place_holds(&p, "cardinal.db-wal", key.key, 8), 0);
		CU_ASSERT_EQUAL(place_holds(&p, "cardinal.db-wal", TOKEN_CODE, 8), 0);
	}
	token_again(&p);
	CU_ASSERT_EQUAL(place_holds(&p, "cardinal.db", key.key, 8), 0);
	place_leave(&p);
}

static void
a_copy_of_the_whole_put_back_is_what_no_file_can_tell(void)
{
	struct place p;
	char text[64];

	past_enter(&p);
	CU_ASSERT_EQUAL(token_info(&p, 6).user_left, SLOT_TRIES - 1);
	store_close(p.store);
	place_sql(&p, BACK("slot", "1") BACK("manifest", "1") BACK("object", "1") BACK("entry", "1")
	    BACK("term", "1") BACK("head", "1"));
	OK(store_open(&p.store, p.dir));
	OK(slots_start(p.store));
	CU_ASSERT_EQUAL(token_info(&p, 6).user_left, SLOT_TRIES);
	OK(token_read(&p, 0, C, text));
	CU_ASSERT_EQUAL(token_info(&p, 0).damaged, 0);
	place_leave(&p);
}

static const struct sentence sentences[] = {
	SENTENCE(a_slot_that_was_tampered_with_stays_closed_until_it_is_another_one),
	SENTENCE(a_token_that_is_made_without_its_past_does_not_take_it_back),
	SENTENCE(another_device_key_opens_no_slot_and_a_reset_mends_it),
	SENTENCE(what_lies_on_the_disk_opens_no_slot_of_mode_code),
	SENTENCE(a_copy_of_the_whole_put_back_is_what_no_file_can_tell),
};

SUITE("slot_disk", sentences)
