#include "tests/unit/place.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "card-os/iso7816/err.h"
#include "tests/unit/suite.h"

static void
three_records(struct place *p)
{
	struct record rec = { .ceremony = "share-verify", .card = 1, .outcome = "ok" };

	for (unsigned i = 0; i < 3; i++) {
		snprintf(rec.step, sizeof(rec.step), "step%u", i);
		OK(store_record(p->store, &rec));
	}
}

static void
records_are_numbered_dated_and_read_from_anywhere(void)
{
	struct event e[4];
	struct place p;
	uint64_t last;
	size_t n;

	place_enter(&p);
	OK(store_events(p.store, 0, e, 4, &n));
	CU_ASSERT_EQUAL(n, 0);
	OK(store_last(p.store, &last));
	CU_ASSERT_EQUAL(last, 0);
	three_records(&p);
	OK(store_last(p.store, &last));
	CU_ASSERT_EQUAL(last, 3);
	OK(store_events(p.store, 0, e, 4, &n));
	CU_ASSERT_EQUAL_FATAL(n, 3);
	for (size_t i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(e[i].seq, i + 1);
	CU_ASSERT(e[0].time > 1760000000);
	CU_ASSERT_STRING_EQUAL(e[2].record.step, "step2");
	CU_ASSERT_STRING_EQUAL(e[2].record.outcome, "ok");
	OK(store_events(p.store, 1, e, 1, &n));
	CU_ASSERT_EQUAL_FATAL(n, 1);
	CU_ASSERT_EQUAL(e[0].seq, 2);
	OK(store_events(p.store, 3, e, 4, &n));
	CU_ASSERT_EQUAL(n, 0);
	OK(store_events(p.store, UINT64_MAX, e, 4, &n));
	CU_ASSERT_EQUAL(n, 0);
	place_leave(&p);
}

static void
a_message_too_long_is_cut_and_a_name_too_long_refused(void)
{
	char name[STEP_NAME_MAX + 1], message[2 * MESSAGE_MAX];
	struct record rec = { .ceremony = "x" };
	struct place p;

	place_enter(&p);
	memset(name, 'c', sizeof(name));
	name[STEP_NAME_MAX] = '\0';
	CU_ASSERT_EQUAL(store_begin(p.store, name), ERR_ARG);
	name[STEP_NAME_MAX - 1] = '\0';
	OK(store_begin(p.store, name));
	memset(message, 'm', sizeof(message));
	message[sizeof(message) - 1] = '\0';
	OK(store_broken(p.store, message));
	CU_ASSERT_EQUAL(strlen(place_status(&p).message), MESSAGE_MAX - 1);
	memset(rec.outcome, 'o', sizeof(rec.outcome));
	CU_ASSERT_EQUAL(store_record(p.store, &rec), ERR_ARG);
	rec.outcome[MESSAGE_MAX - 1] = '\0';
	OK(store_record(p.store, &rec));
	memset(rec.step, 's', sizeof(rec.step));
	CU_ASSERT_EQUAL(store_record(p.store, &rec), ERR_ARG);
	place_leave(&p);
}

/* The hash of one of three_records', as docs/keys.md says it: step is its last digit. */
static void
hash_after(const uint8_t before[HASH_LEN], const struct event *e, char step, uint8_t hash[HASH_LEN])
{
	uint8_t p[128];
	size_t at = 17 + HASH_LEN;

	memcpy(p, "cardinal event v1", 17);
	memcpy(p + 17, before, HASH_LEN);
	for (int shift = 56; shift >= 0; shift -= 8)
		p[at++] = (uint8_t)(e->seq >> shift);
	for (int shift = 56; shift >= 0; shift -= 8)
		p[at++] = (uint8_t)(e->time >> shift);
	memcpy(p + at, "\0\x0c" "share-verify\0\x05step", 20);
	at += 20;
	p[at++] = (uint8_t)step;
	memcpy(p + at, "\x01\0\0\0\0\0\x02ok", 9);
	at += 9;
	CU_ASSERT_EQUAL(EVP_Digest(p, at, hash, NULL, EVP_sha256(), NULL), 1);
}

static void
the_chain_is_the_documented_one(void)
{
	uint8_t hash[HASH_LEN] = { 0 };
	struct place place;
	struct event e[3];
	size_t n;

	place_enter(&place);
	three_records(&place);
	OK(store_events(place.store, 0, e, 3, &n));
	for (size_t i = 0; i < 3; i++) {
		hash_after(hash, &e[i], (char)('0' + i), hash);
		SAME(hash, e[i].hash, HASH_LEN);
	}
	place_leave(&place);
}

static void
a_chain_that_is_right_but_begins_at_2_is_found_out(void)
{
	static const uint8_t zero[HASH_LEN];
	char text[256] = "DELETE FROM event WHERE seq <> 2; UPDATE event SET hash = x'";
	uint8_t hash[HASH_LEN];
	struct event e[3];
	struct place p;
	uint64_t seq;
	size_t n;

	place_enter(&p);
	three_records(&p);
	OK(store_events(p.store, 0, e, 3, &n));
	store_close(p.store);
	hash_after(zero, &e[1], '1', hash);
	for (size_t i = 0; i < HASH_LEN; i++)
		snprintf(text + strlen(text), 3, "%02x", hash[i]);
	strcat(text, "'");
	place_sql(&p, text);
	OK(store_open(&p.store, p.dir));
	CU_ASSERT_EQUAL(store_events_verify(p.store, &seq), ERR_MAC);
	CU_ASSERT_EQUAL(seq, 1);
	place_leave(&p);
}

static const struct {
	const char *why, *sql;
	uint64_t seq;
} forgeries[] = {
	{ "an outcome changed", "UPDATE event SET outcome = 'OK' WHERE seq = 2", 2 },
	{ "a ceremony changed", "UPDATE event SET ceremony = 'share' WHERE seq = 1", 1 },
	{ "a time changed", "UPDATE event SET time = time + 1 WHERE seq = 3", 3 },
	{ "a card changed", "UPDATE event SET card = 2 WHERE seq = 2", 2 },
	{ "a card out of range", "UPDATE event SET card = 257 WHERE seq = 2", 2 },
	{ "letters moved to the next field",
	    "UPDATE event SET ceremony = 'share-verif', step = 'ystep0' WHERE seq = 1", 1 },
	{ "a text too long", "UPDATE event SET step = printf('%.40c', 'x') WHERE seq = 2", 2 },
	{ "a hash changed", "UPDATE event SET hash = zeroblob(32) WHERE seq = 1", 1 },
	{ "a hash cut", "UPDATE event SET hash = substr(hash, 1, 31) WHERE seq = 3", 3 },
	{ "the first removed", "DELETE FROM event WHERE seq = 1", 1 },
	{ "one removed", "DELETE FROM event WHERE seq = 2", 2 },
	{ "one removed, the next renumbered",
	    "DELETE FROM event WHERE seq = 2; UPDATE event SET seq = 2 WHERE seq = 3", 2 },
	{ "one inserted",
	    "UPDATE event SET seq = 4 WHERE seq = 3; INSERT INTO event SELECT 3, time, ceremony, "
	    "step, card, serial, text, outcome, hash FROM event WHERE seq = 2", 3 },
	{ "one inserted at the end",
	    "INSERT INTO event SELECT 4, time, ceremony, step, card, serial, text, outcome, hash "
	    "FROM event WHERE seq = 3", 4 },
	{ "one inserted before the first",
	    "INSERT INTO event SELECT -5, time, ceremony, step, card, serial, text, outcome, hash "
	    "FROM event WHERE seq = 3", 1 },
	{ "two reordered",
	    "UPDATE event SET seq = 9 WHERE seq = 2; UPDATE event SET seq = 2 WHERE seq = 3; "
	    "UPDATE event SET seq = 3 WHERE seq = 9", 2 },
};

static void
a_forged_transcript_is_found_out_and_where(void)
{
	struct place p;
	uint64_t seq;
	int r;

	for (size_t i = 0; i < sizeof(forgeries) / sizeof(forgeries[0]); i++) {
		place_enter(&p);
		three_records(&p);
		OK(store_events_verify(p.store, &seq));
		store_close(p.store);
		place_sql(&p, forgeries[i].sql);
		OK(store_open(&p.store, p.dir));
		r = store_events_verify(p.store, &seq);
		if (r != ERR_MAC || seq != forgeries[i].seq)
			CU_FAIL(forgeries[i].why);
		place_leave(&p);
	}
}

/* A certificate with nothing in it but what the encoding wants. */
static size_t
certificate(uint8_t *der, long serial)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	uint8_t *p = der;
	int n;

	ASN1_INTEGER_set(X509_get_serialNumber(cert), serial);
	X509_gmtime_adj(X509_getm_notBefore(cert), 0);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	X509_set_pubkey(cert, key);
	CU_ASSERT_FATAL(X509_sign(cert, key, EVP_sha256()) > 0);
	n = i2d_X509(cert, &p);
	CU_ASSERT_FATAL(n > 0);
	X509_free(cert);
	EVP_PKEY_free(key);
	return (size_t)n;
}

static void
issuers_are_kept_each_once(void)
{
	uint8_t a[ISSUER_MAX + 1], b[ISSUER_MAX], got[ISSUER_MAX];
	size_t an, bn, n;
	struct place p;

	place_enter(&p);
	n = sizeof(got);
	CU_ASSERT_EQUAL(store_issuer(p.store, 0, got, &n), ERR_NOT_FOUND);
	an = certificate(a, 1);
	bn = certificate(b, 2);
	OK(store_issuer_add(p.store, a, an));
	OK(store_issuer_add(p.store, b, bn));
	CU_ASSERT_EQUAL(store_issuer_add(p.store, a, an), ERR_EXISTS);
	CU_ASSERT_EQUAL(place_events(&p), 2);
	OK(store_factory_reset(p.store));
	place_again(&p);
	n = sizeof(got);
	OK(store_issuer(p.store, 1, got, &n));
	CU_ASSERT_EQUAL(n, bn);
	SAME(got, b, bn);
	n = an;
	OK(store_issuer(p.store, 0, got, &n));
	n = an - 1;
	CU_ASSERT_EQUAL(store_issuer(p.store, 0, got, &n), ERR_SIZE);
	n = sizeof(got);
	CU_ASSERT_EQUAL(store_issuer(p.store, 2, got, &n), ERR_NOT_FOUND);
	a[0] ^= 1;
	CU_ASSERT_EQUAL(store_issuer_add(p.store, a, an), ERR_FORMAT);
	a[0] ^= 1;
	CU_ASSERT_EQUAL(store_issuer_add(p.store, a, an - 1), ERR_FORMAT);
	CU_ASSERT_EQUAL(store_issuer_add(p.store, a, an + 1), ERR_FORMAT);
	CU_ASSERT_EQUAL(store_issuer_add(p.store, a, ISSUER_MAX + 1), ERR_SIZE);
	place_leave(&p);
}

/* In a child, since a limit on file size stays: fills the disk, then asks what is left. */
static int
on_a_full_disk(struct place *p)
{
	struct record rec = { .ceremony = "share-verify", .step = "fill" };
	struct rlimit limit = { 256 * 1024, RLIM_INFINITY };
	struct hsm_status before, after;
	uint64_t seq;
	size_t n = 0;
	int r;

	signal(SIGXFSZ, SIG_IGN);
	if (store_open(&p->store, p->dir) != 0 || store_status(p->store, &before) != 0)
		return 1;
	if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
		return 2;
	memset(rec.outcome, 'o', sizeof(rec.outcome) - 1);
	while ((r = store_record(p->store, &rec)) == 0)
		if (++n > 100000)
			return 3;
	if (r != ERR_FULL)
		return 4;
	/* Acts are refused, what is there stands. */
	if (store_begin(p->store, "backup-create") != ERR_FULL)
		return 5;
	if (store_status(p->store, &after) != 0 || memcmp(&before, &after, sizeof(after)) != 0)
		return 6;
	if (store_events_verify(p->store, &seq) != 0 || seq != n + 1)
		return 7;
	limit.rlim_cur = RLIM_INFINITY;
	if (setrlimit(RLIMIT_FSIZE, &limit) != 0 || store_begin(p->store, "backup-create") != 0)
		return 8;
	return store_events_verify(p->store, &seq) == 0 && seq == n + 2 ? 0 : 9;
}

static void
a_full_disk_stops_acts_and_loses_no_record(void)
{
	struct place p;
	int status_word = -1;
	pid_t pid;

	place_enter(&p);
	store_close(p.store);
	pid = fork();
	if (pid == 0)
		_exit(on_a_full_disk(&p));
	waitpid(pid, &status_word, 0);
	CU_ASSERT(WIFEXITED(status_word));
	CU_ASSERT_EQUAL(WEXITSTATUS(status_word), 0);
	OK(store_open(&p.store, p.dir));
	place_leave(&p);
}

static const struct sentence sentences[] = {
	SENTENCE(records_are_numbered_dated_and_read_from_anywhere),
	SENTENCE(a_message_too_long_is_cut_and_a_name_too_long_refused),
	SENTENCE(the_chain_is_the_documented_one),
	SENTENCE(a_chain_that_is_right_but_begins_at_2_is_found_out),
	SENTENCE(a_forged_transcript_is_found_out_and_where),
	SENTENCE(issuers_are_kept_each_once),
	SENTENCE(a_full_disk_stops_acts_and_loses_no_record),
};

SUITE("transcript", sentences)
