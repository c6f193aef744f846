#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/device_bench.h"
#include "tests/unit/suite.h"

static void
a_card_is_powered_reset_and_asked(void)
{
	uint8_t up[ATR_MAX];
	struct bench *b;
	size_t n;

	bench_connected(&b);
	CU_ASSERT_EQUAL(bench_power(b, PADLINK_POWER_UP), PADLINK_NO_CARD);
	CU_ASSERT_EQUAL(bench_ask(b, PADLINK_TRANSMIT, "\0\xa4\0\0", 4), PADLINK_NO_CARD);
	OK(bench_insert(b));
	CU_ASSERT_EQUAL(bench_ask(b, PADLINK_TRANSMIT, "\0\xa4\0\0", 4), PADLINK_NOT_POWERED);
	CU_ASSERT_EQUAL(bench_power(b, PADLINK_POWER_UP), PADLINK_OK);
	n = b->rest_n;
	CU_ASSERT_TRUE(n > 2 && n <= ATR_MAX);
	memcpy(up, b->rest, n);
	CU_ASSERT_EQUAL(bench_power(b, PADLINK_RESET), PADLINK_OK);
	CU_ASSERT_EQUAL(b->rest_n, n);
	SAME(b->rest, up, n);
	CU_ASSERT_EQUAL(bench_ask(b, PADLINK_TRANSMIT, "\0\xff\0\0", 4), PADLINK_OK);
	CU_ASSERT_EQUAL(bench_sw(b), SW_INS);
	CU_ASSERT_EQUAL(bench_power(b, PADLINK_POWER_DOWN), PADLINK_OK);
	CU_ASSERT_EQUAL(b->rest_n, 0);
	CU_ASSERT_FALSE(b->dev.slot.card.powered);
	CU_ASSERT_EQUAL(bench_ask(b, PADLINK_TRANSMIT, "\0\xa4\0\0", 4), PADLINK_NOT_POWERED);
	bench_end(b);
}

static void
a_broken_image_is_a_mute_card(void)
{
	struct bench *b;

	bench_connected(&b);
	b->deck.disk[b->deck.n / 2] ^= 1;
	OK(bench_insert(b));
	CU_ASSERT_EQUAL(bench_receive(b), PADLINK_CARD);
	CU_ASSERT_TRUE(bench_is_zero(&b->dev.slot.card, sizeof(b->dev.slot.card)));
	CU_ASSERT_EQUAL(bench_power(b, PADLINK_POWER_UP), PADLINK_MUTE);
	CU_ASSERT_EQUAL(bench_ask(b, PADLINK_TRANSMIT, "\0\xa4\0\0", 4), PADLINK_MUTE);
	OK(device_remove(&b->dev));
	CU_ASSERT_EQUAL(bench_power(b, PADLINK_POWER_UP), PADLINK_NO_CARD);
	bench_end(b);
}

static void
comings_and_goings_are_told_by_their_count(void)
{
	struct padlink_card c;
	struct bench *b;

	bench_connected(&b);
	CU_ASSERT_EQUAL(device_remove(&b->dev), ERR_NO_CARD);
	OK(bench_insert(b));
	CU_ASSERT_EQUAL(bench_insert(b), ERR_EXISTS);
	CU_ASSERT_EQUAL(bench_receive(b), PADLINK_CARD);
	OK(padlink_get_card(b->got.body, b->got.n, &c));
	CU_ASSERT_EQUAL(c.present, 1);
	CU_ASSERT_EQUAL(c.changes, 1);
	OK(device_remove(&b->dev));
	OK(bench_insert(b));
	OK(device_remove(&b->dev));
	CU_ASSERT_EQUAL(bench_receive(b), PADLINK_CARD);
	OK(padlink_get_card(b->got.body, b->got.n, &c));
	CU_ASSERT_EQUAL(c.present, 0);
	CU_ASSERT_EQUAL(c.changes, 4);
	CU_ASSERT_EQUAL(bench_receive(b), 0);
	bench_end(b);
}

static void
what_a_card_answered_stays_nowhere_in_the_device(void)
{
	uint8_t challenge[8];
	struct bench *b;

	bench_ready(&b);
	CU_ASSERT_EQUAL(bench_ask(b, PADLINK_TRANSMIT, "\0\x84\0\0\x08", 5), PADLINK_OK);
	CU_ASSERT_EQUAL_FATAL(b->rest_n, 10);
	memcpy(challenge, b->rest, 8);
	CU_ASSERT_FALSE(bench_holds(b->dev.body, sizeof(b->dev.body), challenge, 8));
	CU_ASSERT_FALSE(bench_holds(b->dev.rsp, sizeof(b->dev.rsp), challenge, 8));
	CU_ASSERT_FALSE(bench_holds(b->dev.out, sizeof(b->dev.out), challenge, 8));
	/* Nor when nobody has taken it. */
	bench_send(b, PADLINK_TRANSMIT, "\0\x84\0\0\x08", 5);
	device_eof(&b->dev);
	CU_ASSERT_TRUE(bench_is_zero(b->dev.out, sizeof(b->dev.out)));
	CU_ASSERT_EQUAL(bench_ask(b, PADLINK_HELLO, "\0\2", 2), PADLINK_OK);
	bench_end(b);
}

static void
a_card_that_is_pulled_is_wiped(void)
{
	struct bench *b;

	bench_ready(&b);
	OK(device_remove(&b->dev));
	CU_ASSERT_TRUE(bench_is_zero(&b->dev.slot.card, sizeof(b->dev.slot.card)));
	CU_ASSERT_FALSE(b->dev.slot.powered);
	CU_ASSERT_STRING_EQUAL(b->dev.slot.name, "");
	CU_ASSERT_EQUAL(b->dev.slot.image.fd, -1);
	/* Of standard input, which is descriptor 0, nobody took hold. */
	CU_ASSERT_NOT_EQUAL(fcntl(0, F_GETFD), -1);
	bench_end(b);
}

static void
a_card_from_a_file_is_saved_there_and_locked(void)
{
	char dir[SUITE_DIR_MAX], path[SUITE_DIR_MAX + 16];
	static struct device other;
	struct image image;
	struct bench *b;
	uint8_t *again;
	size_t n;

	suite_dir(dir);
	snprintf(path, sizeof(path), "%s/a.card", dir);
	bench_connected(&b);
	CU_ASSERT_EQUAL(device_insert_file(&b->dev, "a", path), ERR_NOT_FOUND);
	CU_ASSERT_EQUAL(bench_receive(b), 0);
	OK(image_create(path, b->deck.disk, b->deck.n));
	OK(device_insert_file(&b->dev, "a", path));
	CU_ASSERT_STRING_EQUAL(b->dev.slot.name, "a");
	CU_ASSERT_EQUAL(bench_receive(b), PADLINK_CARD);
	CU_ASSERT_TRUE(bench_is_zero(b->dev.slot.bytes, sizeof(b->dev.slot.bytes)));
	device_init(&other, NULL, NULL);
	CU_ASSERT_EQUAL(device_insert_file(&other, "a", path), ERR_BUSY);
	CU_ASSERT_EQUAL(bench_power(b, PADLINK_POWER_UP), PADLINK_OK);
	bench_ask(b, PADLINK_TRANSMIT, "\x00\xa4\x04\x0c\x0a" AID_SHARE, 5 + AID_LEN);
	bench_pin(b, PADLINK_PIN_VERIFY, 0x20);
	bench_press(b, "000000#");
	CU_ASSERT_TRUE(bench_answered(b));
	CU_ASSERT_EQUAL(bench_sw(b), 0x63c2);
	OK(device_remove(&b->dev));
	CU_ASSERT_EQUAL(b->dev.slot.image.fd, -1);
	OK(image_open(&image, path));
	again = calloc(1, CARD_IMAGE_MAX);
	CU_ASSERT_PTR_NOT_NULL_FATAL(again);
	OK(image_read(&image, again, CARD_IMAGE_MAX, &n));
	CU_ASSERT_NOT_EQUAL(memcmp(again, b->deck.disk, n), 0);
	image_close(&image);
	free(again);
	CU_ASSERT_EQUAL(truncate(path, 10), 0);
	OK(device_insert_file(&other, "a", path));
	CU_ASSERT_EQUAL(other.slot.has, SLOT_MUTE);
	device_free(&other);
	/* Free gave the file back; and one too long for a card is mute, too. */
	CU_ASSERT_EQUAL(truncate(path, CARD_IMAGE_MAX + 1), 0);
	OK(device_insert_file(&b->dev, "a", path));
	CU_ASSERT_EQUAL(b->dev.slot.has, SLOT_MUTE);
	bench_end(b);
}

static const struct sentence sentences[] = {
	SENTENCE(a_card_is_powered_reset_and_asked),
	SENTENCE(a_broken_image_is_a_mute_card),
	SENTENCE(comings_and_goings_are_told_by_their_count),
	SENTENCE(what_a_card_answered_stays_nowhere_in_the_device),
	SENTENCE(a_card_that_is_pulled_is_wiped),
	SENTENCE(a_card_from_a_file_is_saved_there_and_locked),
};

SUITE("device_card", sentences)
