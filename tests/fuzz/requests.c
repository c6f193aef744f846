#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <openssl/pem.h>

#include "card-os/apps/factory.h"
#include "card-os/iso7816/err.h"
#include "hsm/cards/cert.h"
#include "hsm/cards/requests.h"
#include "hsm/keys/secmem.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/*
 * Input: how many commands a real card answers, then answers, each a length (a byte, 255: and the
 * next one more) and its bytes; at the end the card is gone. 255 first: a certificate; 254: no
 * channel, so that what stands behind it is reached; 253: the same, of the slot user. No share and
 * no private key may ever leave in the clear.
 */
enum { ONLY_CERT = 255, NO_CHANNEL = 254, NO_CHANNEL_USER = 253, NOW = 1700000000 };

struct liar {
	struct cards cards;
	struct rd rd;
	unsigned honest;
};

static struct issuers issuers;
static struct card real;
static uint8_t image[CARD_IMAGE_MAX];
static size_t image_n;
static struct credential *credential;

static int
save(void *arg, const uint8_t *p, size_t n)
{
	(void)arg;
	(void)p;
	(void)n;
	return 0;
}

static void
make_card(void)
{
	char cert[FACTORY_PEM_MAX], key[FACTORY_PEM_MAX];
	static struct card_data data;
	uint8_t *p = issuers.cert[0].der;
	struct wr wr;
	BIO *bio;
	X509 *x;

	wr_init(&wr, image, sizeof(image));
	if (factory_issuer(cert, key, NOW) != 0 ||
	    factory_card(&data, "tcos", cert, key, NOW) != 0 || card_data_encode(&data, &wr) != 0)
		abort();
	image_n = wr.n;
	bio = BIO_new_mem_buf(cert, -1);
	x = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	issuers.cert[0].len = (size_t)i2d_X509(x, &p);
	issuers.n = 1;
	X509_free(x);
	BIO_free(bio);
}

/* Made once, as RSA is slow. The fuzzer's own leak checker traces the process. */
static void
make_credential(void)
{
	static const struct user_head head = { .mode = SHARE_TEST, .label = "fuzz", .slot = 1,
	    .user = 1, .users = 1, .copies = 1, .date = NOW };

	if (secmem_init() != 0 || prctl(PR_SET_DUMPABLE, 1) != 0 ||
	    credential_make(&credential, &head) != 0)
		abort();
}

static int
connect_card(struct cards *c)
{
	(void)c;
	return 0;
}

static void
disconnect_card(struct cards *c)
{
	(void)c;
}

static int
transmit(struct cards *c, const uint8_t *p, size_t n, uint8_t *rsp, size_t *rsp_n)
{
	struct liar *l = (struct liar *)c;
	static uint8_t answer[RAPDU_MAX];
	const uint8_t *q;
	size_t len;

	if (l->honest > 0) {
		l->honest--;
		len = card_transmit(&real, p, n, answer);
		q = answer;
	} else {
		if ((len = rd_u8(&l->rd)) == 255)
			len += rd_u8(&l->rd);
		q = rd_view(&l->rd, len);
		if (q == NULL)
			return ERR_CARD_REMOVED;
	}
	if (len > *rsp_n)
		len = *rsp_n;
	memcpy(rsp, q, len);
	*rsp_n = len;
	return 0;
}

static int
pin(struct cards *c, uint8_t ref, int modify, unsigned first_s, unsigned next_s, uint16_t *sw)
{
	(void)ref;
	(void)modify;
	(void)first_s;
	(void)next_s;
	*sw = rd_u16(&((struct liar *)c)->rd);
	return 0;
}

static const struct cards_ops ops = {
	.connect = connect_card,
	.disconnect = disconnect_card,
	.transmit = transmit,
	.pin = pin,
};

static void
ask_everything(struct known_card *card)
{
	struct share_header head;
	struct pin_state state;
	struct share share;
	unsigned left;

	(void)card_pin_state(card, CARD_SHARE, &state);
	(void)card_share_header(card, &head);
	(void)card_pin(card, 30, 10, &left);
	if (card_share_read(card, &share) == 0)
		(void)card_share_write(card, &share);
}

/* What is taken for keys are keys, and what a card says is neither its signature nor its secret. */
static void
ask_user(struct known_card *card)
{
	uint8_t text[CHALLENGE_LEN] = { 1 }, signature[USER_MODULUS], z[32];
	struct pin_state state;
	struct user_head head;
	struct user_keys keys;
	unsigned left;

	(void)card_pin_state(card, CARD_USER, &state);
	(void)card_user_head(card, &head);
	if (card_user_keys(card, &keys) == 0 && user_keys_check(&keys) != 0)
		abort();
	(void)card_pin_change(card, 30, 10, &left);
	(void)card_user_clear(card);
	if (card_user_load(card, credential, 1) == 0 && !card->secured)
		abort();
	if (card_user_sign(card, text, signature) == 0 &&
	    challenge_verify(credential_keys(credential), text, signature) == 0)
		abort();
	(void)card_user_agree(card, credential_keys(credential)->point, z);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const struct card_store store = { save, NULL };
	uint8_t atr[ATR_MAX], point[SM_POINT];
	char serial[SERIAL_DIGITS + 1];
	struct liar l = { .cards = { &ops } };
	struct known_card card;

	if (image_n == 0) {
		make_card();
		make_credential();
	}
	if (n == 0)
		return 0;
	if (p[0] == ONLY_CERT) {
		if (cert_check(p + 1, n - 1, &issuers, NOW, point, serial) == 0)
			abort();
		return 0;
	}
	rd_init(&l.rd, p + 1, n - 1);
	if (p[0] == NO_CHANNEL || p[0] == NO_CHANNEL_USER) {
		memset(&card, 0, sizeof(card));
		card.cards = &l.cards;
		if (p[0] == NO_CHANNEL)
			ask_everything(&card);
		else
			ask_user(&card);
		card_leave(&card);
		return 0;
	}
	l.honest = p[0];
	if (card_load(&real, image, image_n, store) != 0)
		abort();
	(void)card_power_up(&real, atr);
	if (card_meet(&card, &l.cards, &issuers, NOW) == 0) {
		ask_everything(&card);
		ask_user(&card);
	}
	card_leave(&card);
	return 0;
}
