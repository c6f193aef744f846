#include "hsm/admin/routes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "card-os/iso7816/err.h"
#include "hsm/admin/issuer.h"
#include "tests/unit/suite.h"

enum { PEM_ROOM = 4096, MANY = 40 };

/* A desk that notes what it was asked, and answers as it is told. */
struct counter {
	struct desk desk;
	struct hsm_status hsm;
	struct desk_end last;
	int fail;			/* what acts return */
	char started[STEP_NAME_MAX];
	struct ceremony_args args;
	uid_t uid;
	unsigned waited;
	uint64_t since;
	size_t events;
	int resets, cancels;
	size_t issuer_n;
	uint8_t issuer[ISSUER_MAX];
};

static struct counter *
of(struct desk *d)
{
	return (struct counter *)d;
}

static int
desk_status(struct desk *d, uint32_t known, unsigned wait_s, struct desk_status *s)
{
	memset(s, 0, sizeof(*s));
	s->hsm = of(d)->hsm;
	s->last = of(d)->last;
	s->count = known + 1;
	of(d)->waited = wait_s;
	strcpy(s->said, "\aWrite New Key\npress OK/Cancel");
	strcpy(s->reader, "caf\xe9");
	return 0;
}

static int
desk_events(struct desk *d, uint64_t since, unsigned wait_s, struct event *v, size_t max, size_t *n,
    uint32_t *number)
{
	of(d)->since = since;
	of(d)->waited = wait_s;
	*number = 7;
	for (*n = 0; *n < max && *n < of(d)->events; (*n)++) {
		v[*n].seq = since + *n + 1;
		v[*n].time = 1700000000;
		strcpy(v[*n].record.step, "pin");
	}
	return 0;
}

static int
desk_verify(struct desk *d, uint64_t *seq)
{
	*seq = 12;
	return of(d)->fail;
}

static int
desk_start(struct desk *d, const char *ceremony, const struct ceremony_args *args, uid_t uid,
    uint32_t *number, uint64_t *since)
{
	if (of(d)->fail != 0)
		return of(d)->fail;
	strcpy(of(d)->started, ceremony);
	of(d)->args = *args;
	of(d)->uid = uid;
	*number = 3;
	*since = 41;
	return 0;
}

static int
desk_cancel(struct desk *d, uid_t uid)
{
	of(d)->uid = uid;
	of(d)->cancels++;
	return of(d)->fail;
}

static int
desk_reset(struct desk *d, uid_t uid)
{
	of(d)->uid = uid;
	of(d)->resets++;
	return of(d)->fail;
}

static int
desk_issuer_add(struct desk *d, const uint8_t *der, size_t n, uid_t uid)
{
	of(d)->uid = uid;
	if (of(d)->fail != 0)
		return of(d)->fail;
	memcpy(of(d)->issuer, der, n);
	of(d)->issuer_n = n;
	return 0;
}

static int
desk_issuer(struct desk *d, size_t i, uint8_t *der, size_t *n)
{
	if (i > 0 || of(d)->issuer_n == 0)
		return ERR_NOT_FOUND;
	memcpy(der, of(d)->issuer, of(d)->issuer_n);
	*n = of(d)->issuer_n;
	return 0;
}

static const struct desk_ops ops = {
	desk_status, desk_events, desk_verify, desk_start, desk_cancel, desk_reset, desk_issuer_add,
	desk_issuer,
};

static struct counter *
fresh(uint8_t state)
{
	static struct counter c;

	memset(&c, 0, sizeof(c));
	c.desk.ops = &ops;
	c.hsm.state = state;
	return &c;
}

/* Answers one request; the JSON is the caller's. */
static unsigned
ask(struct counter *c, const char *method, const char *path, const char *query, const char *value,
    const char *body, json_t **json)
{
	struct request q = { .method = method, .path = path, .body = body, .uid = 1234 };
	struct reply reply;

	if (query != NULL) {
		q.query[0].name = query;
		q.query[0].value = value;
		q.queries = 1;
	}
	q.body_n = body != NULL ? strlen(body) : 0;
	routes_answer(&c->desk, &q, &reply);
	CU_ASSERT_PTR_NOT_NULL_FATAL(reply.json);
	if (json != NULL)
		*json = reply.json;
	else
		json_decref(reply.json);
	return reply.http;
}

static const char *
word(const json_t *j, const char *name)
{
	const char *s = json_string_value(json_object_get(j, name));

	return s != NULL ? s : "";
}

/* A self-signed certificate in PEM; ca as X509v3 has it. */
static void
certificate(const char *ca, char out[PEM_ROOM])
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, ca);
	BIO *bio = BIO_new(BIO_s_mem());
	int n;

	X509_set_version(cert, 2);
	X509_gmtime_adj(X509_getm_notBefore(cert), 0);
	X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
	    (const unsigned char *)"Deck 1", -1, -1, 0);
	X509_set_issuer_name(cert, X509_get_subject_name(cert));
	X509_set_pubkey(cert, key);
	X509_add_ext(cert, ext, -1);
	CU_ASSERT_FATAL(X509_sign(cert, key, EVP_sha256()) > 0);
	CU_ASSERT_FATAL(PEM_write_bio_X509(bio, cert) == 1);
	n = BIO_read(bio, out, PEM_ROOM - 1);
	out[n] = '\0';
	X509_EXTENSION_free(ext);
	X509_free(cert);
	EVP_PKEY_free(key);
	BIO_free(bio);
}

static void
an_installation_begins_with_its_quorum_and_the_peers_uid(void)
{
	struct counter *c = fresh(HSM_FACTORY);
	json_t *j;

	CU_ASSERT_EQUAL(ask(c, "POST", "/v1/install", NULL, NULL, "{\"quorum\": \"3of5\"}", &j), 202);
	CU_ASSERT_STRING_EQUAL(c->started, "install");
	CU_ASSERT_EQUAL(c->args.k, 3);
	CU_ASSERT_EQUAL(c->args.n, 5);
	CU_ASSERT_EQUAL(c->args.mode, SHARE_LIVE);
	CU_ASSERT_EQUAL(c->uid, 1234);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(j, "number")), 3);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(j, "since")), 41);
	json_decref(j);
}

static void
bodies_that_are_not_exactly_right_are_refused(void)
{
	static const struct {
		const char *why, *path, *body;
		uint8_t state;
	} table[] = {
		{ "no body", "/v1/install", "", HSM_FACTORY },
		{ "no JSON", "/v1/install", "quorum=2of3", HSM_FACTORY },
		{ "no object", "/v1/install", "[\"2of3\"]", HSM_FACTORY },
		{ "a text alone", "/v1/install", "\"2of3\"", HSM_FACTORY },
		{ "no quorum", "/v1/install", "{}", HSM_FACTORY },
		{ "a number", "/v1/install", "{\"quorum\": 2}", HSM_FACTORY },
		{ "null", "/v1/install", "{\"quorum\": null}", HSM_FACTORY },
		{ "a quorum that is not offered", "/v1/install", "{\"quorum\": \"2of4\"}", HSM_FACTORY },
		{ "more after the quorum", "/v1/install", "{\"quorum\": \"2of3 \"}", HSM_FACTORY },
		{ "a NUL in it", "/v1/install", "{\"quorum\": \"2of3\\u0000\"}", HSM_FACTORY },
		{ "a member that is unknown", "/v1/install", "{\"quorum\": \"2of3\", \"x\": 1}",
		    HSM_FACTORY },
		{ "the same member twice", "/v1/install", "{\"quorum\": \"2of3\", \"quorum\": \"2of3\"}",
		    HSM_FACTORY },
		{ "something behind the object", "/v1/install", "{\"quorum\": \"2of3\"} x", HSM_FACTORY },
		{ "an open object", "/v1/install", "{\"quorum\": \"2of3\"", HSM_FACTORY },
		{ "a body for a reset", "/v1/factory-reset", "{\"yes\": true}", HSM_FACTORY },
		{ "a body for a cancel", "/v1/cancel", "1", HSM_FACTORY },
		{ "a body for an info", "/v1/share/info", "{\"card\": 1}", HSM_FACTORY },
		{ "a body for a verify", "/v1/share/verify", "{\"card\": 1}", HSM_OPERATIONAL },
		{ "a wrong quorum to resume", "/v1/resume", "{\"quorum\": \"1of1\"}", HSM_INCONSISTENT },
		{ "no quorum, no set to resume", "/v1/resume", "", HSM_INCONSISTENT },
		{ "no PEM", "/v1/issuers", "{}", HSM_FACTORY },
		{ "an empty issuer", "/v1/issuers", "", HSM_FACTORY },
		{ "PEM that is cut", "/v1/issuers", "-----BEGIN CERTIFICATE-----\nMII=\n", HSM_FACTORY },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct counter *c = fresh(table[i].state);
		json_t *j;

		if (ask(c, "POST", table[i].path, NULL, NULL, table[i].body, &j) != 400 ||
		    word(j, "error")[0] == '\0' || word(j, "message")[0] == '\0' ||
		    c->started[0] != '\0' || c->resets != 0 || c->cancels != 0)
			CU_FAIL(table[i].why);
		json_decref(j);
	}
}

static void
queries_that_are_not_exactly_right_are_refused(void)
{
	static const struct {
		const char *path, *name, *value;
	} table[] = {
		{ "/v1/events", "since", "" },
		{ "/v1/events", "since", NULL },
		{ "/v1/events", "since", "-1" },
		{ "/v1/events", "since", "1x" },
		{ "/v1/events", "since", "9223372036854775808" },
		{ "/v1/events", "since", "99999999999999999999999" },
		{ "/v1/events", "wait", "61" },
		{ "/v1/events", "until", "5" },
		{ "/v1/status", "count", "4294967296" },
		{ "/v1/status", "since", "1" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (ask(fresh(HSM_FACTORY), "GET", table[i].path, table[i].name, table[i].value, NULL,
		    NULL) != 400)
			CU_FAIL(table[i].value);
	CU_ASSERT_EQUAL(ask(fresh(HSM_FACTORY), "GET", "/v1/events", "since", "9223372036854775807",
	    NULL, NULL), 200);
	CU_ASSERT_EQUAL(ask(fresh(HSM_FACTORY), "GET", "/v1/status", "count", "4294967295", NULL, NULL),
	    200);
}

static void
a_name_given_twice_in_the_query_is_refused(void)
{
	struct counter *c = fresh(HSM_FACTORY);
	struct request q = {
		.method = "GET", .path = "/v1/events", .queries = 2,
		.query = { { "since", "1" }, { "since", "2" } },
	};
	struct reply reply;

	routes_answer(&c->desk, &q, &reply);
	CU_ASSERT_EQUAL(reply.http, 400);
	json_decref(reply.json);
}

static void
paths_and_methods_that_are_not_there_are_refused(void)
{
	static const struct {
		const char *method, *path;
		unsigned http;
	} table[] = {
		{ "GET", "/", 404 },
		{ "GET", "/v1/status/", 404 },
		{ "GET", "/v1/statu", 404 },
		{ "GET", "/v2/status", 404 },
		{ "POST", "/v1/status", 405 },
		{ "GET", "/v1/install", 405 },
		{ "HEAD", "/v1/status", 405 },
		{ "DELETE", "/v1/issuers", 405 },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (ask(fresh(HSM_FACTORY), table[i].method, table[i].path, NULL, NULL, "", NULL) !=
		    table[i].http)
			CU_FAIL(table[i].path);
}

static void
a_state_refuses_what_does_not_belong_to_it(void)
{
	static const struct {
		const char *path, *body;
		unsigned in;	/* bits of the states that take it */
	} table[] = {
		{ "/v1/install", "{\"quorum\": \"2of3\"}", 1 << HSM_FACTORY },
		{ "/v1/resume", "{\"quorum\": \"2of3\"}", 1 << HSM_INCONSISTENT },
		{ "/v1/factory-reset", "",
		    1 << HSM_FACTORY | 1 << HSM_OPERATIONAL | 1 << HSM_INCONSISTENT },
		{ "/v1/share/info", "", 1 << HSM_FACTORY | 1 << HSM_OPERATIONAL },
		{ "/v1/share/verify", "", 1 << HSM_OPERATIONAL },
		{ "/v1/cancel", "", 15 },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		for (uint8_t state = HSM_FACTORY; state <= HSM_INCONSISTENT; state++) {
			const unsigned http = ask(fresh(state), "POST", table[i].path, NULL, NULL,
			    table[i].body, NULL);

			if ((http < 300) != ((table[i].in >> state & 1) != 0) ||
			    (http >= 300 && http != 409))
				CU_FAIL(table[i].path);
		}
}

static void
an_inconsistent_hsm_names_both_ways_out(void)
{
	struct counter *c = fresh(HSM_INCONSISTENT);
	json_t *j;

	strcpy(c->hsm.message, "card 2 was pulled");
	CU_ASSERT_EQUAL(ask(c, "POST", "/v1/install", NULL, NULL, "{\"quorum\": \"2of3\"}", &j), 409);
	CU_ASSERT_STRING_EQUAL(word(j, "error"), "state");
	CU_ASSERT_PTR_NOT_NULL(strstr(word(j, "message"), "card 2 was pulled"));
	CU_ASSERT_PTR_NOT_NULL(strstr(word(j, "message"), "cardinal resume"));
	CU_ASSERT_PTR_NOT_NULL(strstr(word(j, "message"), "cardinal factory-reset"));
	json_decref(j);
}

static void
what_fails_behind_the_desk_is_named(void)
{
	static const struct {
		int err;
		unsigned http;
		const char *name;
	} table[] = {
		{ ERR_BUSY, 409, "busy" },
		{ ERR_DENIED, 409, "denied" },
		{ ERR_FULL, 507, "full" },
		{ ERR_CLOSED, 503, "closed" },
		{ ERR_IO, 500, "io" },
		{ -200, 500, "internal" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct counter *c = fresh(HSM_FACTORY);
		json_t *j;

		c->fail = table[i].err;
		CU_ASSERT_EQUAL(ask(c, "POST", "/v1/install", NULL, NULL, "{\"quorum\": \"2of3\"}", &j),
		    table[i].http);
		CU_ASSERT_STRING_EQUAL(word(j, "error"), table[i].name);
		CU_ASSERT_NOT_EQUAL(word(j, "message")[0], '\0');
		json_decref(j);
	}
}

static void
a_cancel_without_a_ceremony_is_told_so(void)
{
	struct counter *c = fresh(HSM_OPERATIONAL);
	json_t *j;

	c->fail = ERR_NOT_FOUND;
	CU_ASSERT_EQUAL(ask(c, "POST", "/v1/cancel", NULL, NULL, "", &j), 409);
	CU_ASSERT_STRING_EQUAL(word(j, "message"), "no ceremony is running");
	json_decref(j);
}

static void
the_status_tells_the_set_and_its_cards(void)
{
	struct counter *c = fresh(HSM_OPERATIONAL);
	json_t *j, *set, *card;

	c->hsm.have_set = c->hsm.committed = 1;
	c->hsm.set.head.mode = SHARE_LIVE;
	c->hsm.set.head.k = 2;
	c->hsm.set.head.n = 3;
	memset(c->hsm.set.head.set, 0xab, SET_ID_LEN);
	memset(c->hsm.set.head.kcv, 0x01, KCV_LEN);
	c->hsm.written = 5;
	strcpy(c->hsm.serial[2], "12345678901234567890");
	CU_ASSERT_EQUAL(ask(c, "GET", "/v1/status", "wait", "9", NULL, &j), 200);
	CU_ASSERT_EQUAL(c->waited, 9);
	CU_ASSERT_STRING_EQUAL(word(j, "state"), "operational");
	set = json_object_get(j, "set");
	CU_ASSERT_STRING_EQUAL(word(set, "id"), "abababababababab");
	CU_ASSERT_STRING_EQUAL(word(set, "kcv"), "0101010101");
	CU_ASSERT_EQUAL(json_array_size(json_object_get(set, "cards")), 3);
	card = json_array_get(json_object_get(set, "cards"), 1);
	CU_ASSERT_TRUE(json_is_false(json_object_get(card, "written")));
	card = json_array_get(json_object_get(set, "cards"), 2);
	CU_ASSERT_TRUE(json_is_true(json_object_get(card, "written")));
	CU_ASSERT_STRING_EQUAL(word(card, "serial"), "12345678901234567890");
	json_decref(j);
}

static void
the_pads_text_comes_in_lines_and_bad_utf8_does_no_harm(void)
{
	json_t *j, *lines;

	CU_ASSERT_EQUAL(ask(fresh(HSM_FACTORY), "GET", "/v1/status", NULL, NULL, NULL, &j), 200);
	lines = json_object_get(j, "prompt");
	CU_ASSERT_EQUAL(json_array_size(lines), 2);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(lines, 0)), "Write New Key");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(lines, 1)), "press OK/Cancel");
	CU_ASSERT_STRING_EQUAL(word(j, "reader"), "caf?");
	json_decref(j);
}

static void
a_key_that_does_not_open_is_told(void)
{
	struct counter *c = fresh(HSM_OPERATIONAL);
	json_t *j;

	ask(c, "GET", "/v1/status", NULL, NULL, NULL, &j);
	CU_ASSERT_TRUE(json_is_null(json_object_get(j, "key_error")));
	json_decref(j);
	c->hsm.key_lost = 1;
	ask(c, "GET", "/v1/status", NULL, NULL, NULL, &j);
	CU_ASSERT_PTR_NOT_NULL(strstr(word(j, "key_error"), "does not open"));
	json_decref(j);
}

static void
the_end_of_a_ceremony_is_told_with_error_and_cards(void)
{
	struct counter *c = fresh(HSM_INCONSISTENT);
	json_t *j, *last, *card;

	c->last.number = 2;
	strcpy(c->last.ceremony, "install");
	c->last.err = ERR_CANCELLED;
	strcpy(c->last.result.message, "Cancel was pressed");
	c->last.result.card[1].seen = c->last.result.card[1].factory_pin = 1;
	ask(c, "GET", "/v1/status", NULL, NULL, NULL, &j);
	last = json_object_get(j, "last");
	CU_ASSERT_STRING_EQUAL(word(last, "error"), "cancelled");
	CU_ASSERT_STRING_EQUAL(word(last, "message"), "Cancel was pressed");
	CU_ASSERT_EQUAL(json_array_size(json_object_get(last, "cards")), 1);
	card = json_array_get(json_object_get(last, "cards"), 0);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(card, "card")), 2);
	CU_ASSERT_TRUE(json_is_true(json_object_get(card, "factory_pin")));
	CU_ASSERT_PTR_NULL(json_object_get(last, "advice"));
	json_decref(j);
}

static void
an_installation_that_is_done_has_its_advice(void)
{
	struct counter *c = fresh(HSM_OPERATIONAL);
	json_t *j;
	const char *advice;

	c->last.number = 2;
	c->last.result.have_head = 1;
	c->last.result.head.k = 2;
	c->last.result.head.n = 3;
	c->last.result.card[2].seen = c->last.result.card[2].factory_pin = 1;
	strcpy(c->last.result.card[2].serial, "00000000000000000003");
	ask(c, "GET", "/v1/status", NULL, NULL, NULL, &j);
	advice = word(json_object_get(j, "last"), "advice");
	CU_ASSERT_PTR_NOT_NULL(strstr(advice, "00000000000000000003"));
	json_decref(j);
}

static void
events_come_a_page_at_a_time(void)
{
	struct counter *c = fresh(HSM_FACTORY);
	json_t *j, *list;

	c->events = MANY;
	CU_ASSERT_EQUAL(ask(c, "GET", "/v1/events", "since", "100", NULL, &j), 200);
	list = json_object_get(j, "events");
	CU_ASSERT_EQUAL(c->since, 100);
	CU_ASSERT_EQUAL(json_array_size(list), DESK_EVENTS_MAX);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(json_array_get(list, 0), "seq")), 101);
	CU_ASSERT_STRING_EQUAL(word(json_array_get(list, 0), "time"), "2023-11-14T22:13:20Z");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(j, "running")), 7);
	json_decref(j);
}

static void
a_chain_that_does_not_hold_is_an_answer(void)
{
	struct counter *c = fresh(HSM_FACTORY);
	json_t *j;

	CU_ASSERT_EQUAL(ask(c, "GET", "/v1/events/verify", NULL, NULL, NULL, &j), 200);
	CU_ASSERT_TRUE(json_is_true(json_object_get(j, "whole")));
	json_decref(j);
	c->fail = ERR_MAC;
	CU_ASSERT_EQUAL(ask(c, "GET", "/v1/events/verify", NULL, NULL, NULL, &j), 200);
	CU_ASSERT_TRUE(json_is_false(json_object_get(j, "whole")));
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(j, "seq")), 12);
	json_decref(j);
}

static void
an_issuer_is_added_and_listed(void)
{
	struct counter *c = fresh(HSM_FACTORY);
	char pem[PEM_ROOM];
	json_t *j, *one;

	certificate("critical,CA:TRUE", pem);
	CU_ASSERT_EQUAL(ask(c, "POST", "/v1/issuers", NULL, NULL, pem, &j), 201);
	CU_ASSERT_STRING_EQUAL(word(j, "subject"), "CN=Deck 1");
	CU_ASSERT_EQUAL(strlen(word(j, "fingerprint")), 64);
	json_decref(j);
	CU_ASSERT_EQUAL(c->uid, 1234);
	CU_ASSERT_EQUAL(ask(c, "GET", "/v1/issuers", NULL, NULL, NULL, &j), 200);
	one = json_array_get(json_object_get(j, "issuers"), 0);
	CU_ASSERT_STRING_EQUAL(word(one, "subject"), "CN=Deck 1");
	json_decref(j);
	c->fail = ERR_EXISTS;
	CU_ASSERT_EQUAL(ask(c, "POST", "/v1/issuers", NULL, NULL, pem, &j), 409);
	CU_ASSERT_STRING_EQUAL(word(j, "error"), "exists");
	json_decref(j);
}

static void
no_issuer_is_a_certificate_without_ca_or_two_of_them(void)
{
	char pem[2 * PEM_ROOM], second[PEM_ROOM];
	uint8_t der[ISSUER_MAX];
	size_t n = sizeof(der);
	const char *why;

	certificate("critical,CA:FALSE", pem);
	CU_ASSERT_EQUAL(issuer_from_pem(pem, strlen(pem), der, &n, &why), ERR_FORMAT);
	certificate("critical,CA:TRUE", pem);
	certificate("critical,CA:TRUE", second);
	strcat(pem, second);
	CU_ASSERT_EQUAL(issuer_from_pem(pem, strlen(pem), der, &n, &why), ERR_FORMAT);
	n = 16;
	CU_ASSERT_EQUAL(issuer_from_pem(second, strlen(second), der, &n, &why), ERR_SIZE);
}

static const struct sentence sentences[] = {
	SENTENCE(an_installation_begins_with_its_quorum_and_the_peers_uid),
	SENTENCE(bodies_that_are_not_exactly_right_are_refused),
	SENTENCE(queries_that_are_not_exactly_right_are_refused),
	SENTENCE(a_name_given_twice_in_the_query_is_refused),
	SENTENCE(paths_and_methods_that_are_not_there_are_refused),
	SENTENCE(a_state_refuses_what_does_not_belong_to_it),
	SENTENCE(an_inconsistent_hsm_names_both_ways_out),
	SENTENCE(what_fails_behind_the_desk_is_named),
	SENTENCE(a_cancel_without_a_ceremony_is_told_so),
	SENTENCE(the_status_tells_the_set_and_its_cards),
	SENTENCE(the_pads_text_comes_in_lines_and_bad_utf8_does_no_harm),
	SENTENCE(a_key_that_does_not_open_is_told),
	SENTENCE(the_end_of_a_ceremony_is_told_with_error_and_cards),
	SENTENCE(an_installation_that_is_done_has_its_advice),
	SENTENCE(events_come_a_page_at_a_time),
	SENTENCE(a_chain_that_does_not_hold_is_an_answer),
	SENTENCE(an_issuer_is_added_and_listed),
	SENTENCE(no_issuer_is_a_certificate_without_ca_or_two_of_them),
};

SUITE("admin", sentences)
