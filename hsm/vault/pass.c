#include "hsm/vault/pass.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "card-os/iso7816/err.h"

enum { OF_LEN = 1 + 1 + 8, KEPT_LEN = 1 + SLOT_CODE_MAX };

static void
put_of(const struct pass_of *of, unsigned who, uint8_t p[OF_LEN])
{
	struct wr wr;

	wr_init(&wr, p, OF_LEN);
	wr_u8(&wr, (uint8_t)of->slot);
	wr_u8(&wr, (uint8_t)who);
	wr_u64(&wr, of->generation);
}

/* A key of the device for one purpose; who is 0 for what is neither the user's nor the SO's. */
static int
device_key(const struct pass_of *of, unsigned who, const char *label, struct seal_key *key)
{
	uint8_t p[OF_LEN];

	put_of(of, who, p);
	return derive_key(of->device, NULL, label, p, sizeof(p), key);
}

/* What a code comes to, for the purpose that label names; nobody finds it without the device. */
static int
stretch(const struct pass_of *of, const uint8_t *code, size_t n, unsigned cost,
    const uint8_t salt[DERIVE_SALT_LEN], const char *label, struct seal_key *out)
{
	struct seal_key slow, pepper;
	uint8_t p[OF_LEN];
	int r;

	if ((r = device_key(of, of->who, "cardinal slot pepper", &pepper)) != 0)
		return r;
	while (sem_wait(of->turns) != 0)
		;
	r = derive_code(code, n, salt, cost, &slow);
	sem_post(of->turns);
	put_of(of, of->who, p);
	if (r == 0)
		r = derive_key(&slow, &pepper, label, p, sizeof(p), out);
	OPENSSL_cleanse(&slow, sizeof(slow));
	OPENSSL_cleanse(&pepper, sizeof(pepper));
	return r;
}

static int
verifier(const struct pass_of *of, const struct slot_pass *pass, const uint8_t *code, size_t n,
    struct seal_key *out)
{
	return stretch(of, code, n, pass->cost, pass->salt, "cardinal slot verifier", out);
}

static int
envelope(const struct pass_of *of, const struct slot_pass *pass, const uint8_t *code, size_t n,
    struct seal_key *out)
{
	return stretch(of, code, n, pass->cost, pass->envelope_salt, "cardinal slot envelope",
	    out);
}

int
pass_set(const struct pass_of *of, const uint8_t *code, size_t n, unsigned cost,
    struct slot_pass *pass)
{
	struct seal_key made;
	int r;

	if (n < SLOT_CODE_MIN || n > SLOT_CODE_MAX)
		return ERR_ARG;
	OPENSSL_cleanse(pass, sizeof(*pass));
	pass->set = 1;
	pass->left = SLOT_TRIES;
	pass->cost = (uint8_t)cost;
	if (RAND_bytes(pass->salt, sizeof(pass->salt)) != 1)
		return ERR_CRYPTO;
	if ((r = verifier(of, pass, code, n, &made)) == 0)
		memcpy(pass->verifier, made.key, sizeof(pass->verifier));
	OPENSSL_cleanse(&made, sizeof(made));
	return r;
}

int
pass_check(const struct pass_of *of, const struct slot_pass *pass, const uint8_t *code, size_t n)
{
	struct seal_key made;
	int r;

	/* No code has such a length, and who asks knows it. */
	if (n < SLOT_CODE_MIN || n > SLOT_CODE_MAX)
		return ERR_PIN_WRONG;
	if ((r = verifier(of, pass, code, n, &made)) != 0)
		return r;
	r = CRYPTO_memcmp(made.key, pass->verifier, sizeof(made.key)) == 0 ? 0 : ERR_PIN_WRONG;
	OPENSSL_cleanse(&made, sizeof(made));
	return r;
}

int
pass_wrap(const struct pass_of *of, const uint8_t *code, size_t n, const struct seal_key *key,
    struct slot_pass *pass, uint8_t sealed[SLOT_KEY_SEALED])
{
	struct seal_key lock;
	uint8_t bind[OF_LEN];
	int r;

	if (RAND_bytes(pass->envelope_salt, sizeof(pass->envelope_salt)) != 1)
		return ERR_CRYPTO;
	put_of(of, of->who, bind);
	if ((r = envelope(of, pass, code, n, &lock)) == 0)
		r = seal_make(&lock, bind, sizeof(bind), key->key, sizeof(key->key), sealed);
	OPENSSL_cleanse(&lock, sizeof(lock));
	pass->enveloped = r == 0;
	return r;
}

int
pass_enclose(const struct pass_of *of, const uint8_t *code, size_t n, const struct seal_key *key,
    struct slot_pass *pass)
{
	OPENSSL_cleanse(pass->kept, sizeof(pass->kept));
	pass->stored = 0;
	return pass_wrap(of, code, n, key, pass, pass->envelope);
}

int
pass_lock(const struct pass_of *of, const struct slot_pass *pass, const uint8_t *code, size_t n,
    struct seal_key *lock)
{
	return pass->enveloped ? envelope(of, pass, code, n, lock) : ERR_NOT_FOUND;
}

int
pass_unwrap(const struct pass_of *of, const struct seal_key *lock,
    const uint8_t sealed[SLOT_KEY_SEALED], struct seal_key *key)
{
	uint8_t bind[OF_LEN];

	put_of(of, of->who, bind);
	return seal_open(lock, bind, sizeof(bind), sealed, SLOT_KEY_SEALED, key->key,
	    sizeof(key->key));
}

int
pass_disclose(const struct pass_of *of, const struct slot_pass *pass, const uint8_t *code,
    size_t n, struct seal_key *key)
{
	struct seal_key lock;
	int r;

	if ((r = pass_lock(of, pass, code, n, &lock)) != 0)
		return r;
	r = pass_unwrap(of, &lock, pass->envelope, key);
	OPENSSL_cleanse(&lock, sizeof(lock));
	return r;
}

int
pass_keep(const struct pass_of *of, const uint8_t *code, size_t n, struct slot_pass *pass)
{
	uint8_t bind[OF_LEN], p[KEPT_LEN] = { (uint8_t)n };
	struct seal_key lock;
	int r;

	if (n < SLOT_CODE_MIN || n > SLOT_CODE_MAX)
		return ERR_ARG;
	memcpy(p + 1, code, n);
	put_of(of, of->who, bind);
	if ((r = device_key(of, of->who, "cardinal slot kept", &lock)) == 0)
		r = seal_make(&lock, bind, sizeof(bind), p, sizeof(p), pass->kept);
	OPENSSL_cleanse(&lock, sizeof(lock));
	OPENSSL_cleanse(p, sizeof(p));
	memset(pass->envelope_salt, 0, sizeof(pass->envelope_salt));
	memset(pass->envelope, 0, sizeof(pass->envelope));
	pass->enveloped = 0;
	pass->stored = r == 0;
	return r;
}

int
pass_kept(const struct pass_of *of, const struct slot_pass *pass, uint8_t code[SLOT_CODE_MAX],
    size_t *n)
{
	uint8_t bind[OF_LEN], p[KEPT_LEN];
	struct seal_key lock;
	int r;

	*n = 0;
	if (!pass->stored)
		return ERR_NOT_FOUND;
	put_of(of, of->who, bind);
	if ((r = device_key(of, of->who, "cardinal slot kept", &lock)) == 0)
		r = seal_open(&lock, bind, sizeof(bind), pass->kept, sizeof(pass->kept), p,
		    sizeof(p));
	if (r == 0 && p[0] > SLOT_CODE_MAX)
		r = ERR_MAC;
	if (r == 0) {
		*n = p[0];
		memcpy(code, p + 1, SLOT_CODE_MAX);
	}
	OPENSSL_cleanse(&lock, sizeof(lock));
	OPENSSL_cleanse(p, sizeof(p));
	return r;
}

int
pass_auto(const struct pass_of *of, const struct seal_key *key, uint8_t sealed[SLOT_KEY_SEALED])
{
	struct seal_key lock;
	uint8_t bind[OF_LEN];
	int r;

	put_of(of, 0, bind);
	if ((r = device_key(of, 0, "cardinal slot auto", &lock)) == 0)
		r = seal_make(&lock, bind, sizeof(bind), key->key, sizeof(key->key), sealed);
	OPENSSL_cleanse(&lock, sizeof(lock));
	return r;
}

int
pass_auto_open(const struct pass_of *of, const uint8_t sealed[SLOT_KEY_SEALED],
    struct seal_key *key)
{
	struct seal_key lock;
	uint8_t bind[OF_LEN];
	int r;

	put_of(of, 0, bind);
	if ((r = device_key(of, 0, "cardinal slot auto", &lock)) == 0)
		r = seal_open(&lock, bind, sizeof(bind), sealed, SLOT_KEY_SEALED, key->key,
		    sizeof(key->key));
	OPENSSL_cleanse(&lock, sizeof(lock));
	return r;
}

/* The v-th of the alphabet, by looking at all of them: no table is indexed by a secret. */
static uint8_t
letter(unsigned v)
{
	static const uint8_t alphabet[] = "23456789ABCDEFGHJKMNPQRSTUVWXYZ";
	uint8_t c = 0;

	for (unsigned i = 0; i < sizeof(alphabet) - 1; i++)
		c |= (uint8_t)(alphabet[i] & (uint8_t)(((i ^ v) - 1) >> 8));
	return c;
}

int
pass_make(uint8_t code[SLOT_MADE_LEN])
{
	enum { LETTERS = 31, FAIR = 256 - 256 % LETTERS };
	uint8_t random;

	for (unsigned i = 0; i < SLOT_MADE_LEN; ) {
		if (RAND_priv_bytes(&random, 1) != 1)
			return ERR_CRYPTO;
		/* One that would make some letters likelier is thrown away. */
		if (random < FAIR)
			code[i++] = letter(random % LETTERS);
	}
	OPENSSL_cleanse(&random, sizeof(random));
	return 0;
}
