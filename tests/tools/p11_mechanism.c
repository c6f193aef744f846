#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/tools/p11_names.h"
#include "tests/tools/p11_words.h"

/* The words of one mechanism, and its parameter, which has to live as long as its last use. */
enum { WORDS = 8 };

struct words {
	char text[P11_ROOM];
	char *w[WORDS];
	size_t n;
};

static void
split(struct words *s, const char *text)
{
	if (strlen(text) >= sizeof(s->text))
		p11_misused("too long", "a mechanism");
	memcpy(s->text, text, strlen(text) + 1);
	s->n = 0;
	for (char *p = s->text; p != NULL && s->n < WORDS; s->n++) {
		s->w[s->n] = p;
		/* text:, zero: are words of bytes. */
		if (strncmp(p, "text:", 5) == 0 || strncmp(p, "zero:", 5) == 0)
			p += 5;
		if ((p = strchr(p, ':')) != NULL)
			*p++ = '\0';
	}
	while (s->n < WORDS)
		s->w[s->n++] = NULL;
}

static CK_MECHANISM_TYPE
hash(const char *word)
{
	static const struct { const char *name; CK_MECHANISM_TYPE type; } hashes[] = {
		{ "sha1", CKM_SHA_1 }, { "sha224", CKM_SHA224 }, { "sha256", CKM_SHA256 },
		{ "sha384", CKM_SHA384 }, { "sha512", CKM_SHA512 },
	};

	for (size_t i = 0; word != NULL && i < sizeof(hashes) / sizeof(hashes[0]); i++)
		if (strcmp(hashes[i].name, word) == 0)
			return hashes[i].type;
	return word == NULL ? 0 : p11_number(word);
}

static CK_ULONG
mgf(const char *word)
{
	switch (hash(word)) {
	case CKM_SHA_1: return CKG_MGF1_SHA1;
	case CKM_SHA224: return CKG_MGF1_SHA224;
	case CKM_SHA256: return CKG_MGF1_SHA256;
	case CKM_SHA384: return CKG_MGF1_SHA384;
	case CKM_SHA512: return CKG_MGF1_SHA512;
	default: return p11_number(word);
	}
}

static struct p11_bytes
bytes(const char *word)
{
	return p11_bytes(word == NULL ? "null" : word);
}

/* As room for any of them: the parameter structures of the standard. */
union parameter {
	CK_ULONG number;
	CK_GCM_PARAMS gcm;
	CK_AES_CTR_PARAMS ctr;
	CK_RSA_PKCS_PSS_PARAMS pss;
	struct {
		CK_RSA_AES_KEY_WRAP_PARAMS wrap;
		CK_RSA_PKCS_OAEP_PARAMS oaep;
	} rsa_aes;
	CK_RSA_PKCS_OAEP_PARAMS oaep;
	CK_ECDH1_DERIVE_PARAMS ecdh;
	CK_EDDSA_PARAMS eddsa;
	CK_HKDF_PARAMS hkdf;
};

static void
oaep(CK_RSA_PKCS_OAEP_PARAMS *o, char *const *w)
{
	const struct p11_bytes label = bytes(w[2]);

	o->hashAlg = hash(w[0]);
	o->mgf = mgf(w[1]);
	o->source = CKZ_DATA_SPECIFIED;
	o->pSourceData = label.p;
	o->ulSourceDataLen = label.n;
}

static size_t
gcm(CK_GCM_PARAMS *g, char *const *w)
{
	const struct p11_bytes iv = bytes(w[0]), aad = bytes(w[1]);

	g->pIv = iv.p;
	g->ulIvLen = iv.n;
	g->ulIvBits = iv.n * 8;
	g->pAAD = aad.p;
	g->ulAADLen = aad.n;
	g->ulTagBits = w[2] == NULL ? 128 : p11_number(w[2]);
	return sizeof(*g);
}

static size_t
ecdh(CK_ECDH1_DERIVE_PARAMS *e, char *const *w)
{
	static const struct { const char *name; CK_ULONG kdf; } kdfs[] = {
		{ "null", CKD_NULL }, { "sha1", CKD_SHA1_KDF }, { "sha224", CKD_SHA224_KDF },
		{ "sha256", CKD_SHA256_KDF }, { "sha384", CKD_SHA384_KDF }, { "sha512", CKD_SHA512_KDF },
	};
	const struct p11_bytes point = bytes(w[1]), shared = bytes(w[2]);
	size_t i;

	for (i = 0; i < sizeof(kdfs) / sizeof(kdfs[0]) && strcmp(kdfs[i].name, w[0]) != 0; i++)
		;
	e->kdf = i < sizeof(kdfs) / sizeof(kdfs[0]) ? kdfs[i].kdf : p11_number(w[0]);
	e->pPublicData = point.p;
	e->ulPublicDataLen = point.n;
	e->pSharedData = shared.p;
	e->ulSharedDataLen = shared.n;
	return sizeof(*e);
}

static size_t
hkdf(CK_HKDF_PARAMS *h, char *const *w)
{
	const struct p11_bytes salt = bytes(w[3]), info = bytes(w[4]);

	h->bExtract = w[0] != NULL && w[0][0] == '1';
	h->bExpand = w[1] != NULL && w[1][0] == '1';
	h->prfHashMechanism = hash(w[2]);
	h->ulSaltType = salt.p == NULL ? CKF_HKDF_SALT_NULL : CKF_HKDF_SALT_DATA;
	h->pSalt = salt.p;
	h->ulSaltLen = salt.n;
	h->pInfo = info.p;
	h->ulInfoLen = info.n;
	return sizeof(*h);
}

/* The structure that this mechanism has; 0 for plain bytes. */
static size_t
structure(CK_MECHANISM_TYPE type, char *const *w, union parameter *p)
{
	switch (type) {
	case CKM_AES_GCM:
		return gcm(&p->gcm, w);
	case CKM_AES_CTR: {
		const struct p11_bytes block = bytes(w[1]);

		p->ctr.ulCounterBits = p11_number(w[0]);
		memcpy(p->ctr.cb, block.p, block.n < 16 ? block.n : 16);
		return sizeof(p->ctr);
	}
	case CKM_RSA_PKCS_PSS: case CKM_SHA1_RSA_PKCS_PSS: case CKM_SHA224_RSA_PKCS_PSS:
	case CKM_SHA256_RSA_PKCS_PSS: case CKM_SHA384_RSA_PKCS_PSS: case CKM_SHA512_RSA_PKCS_PSS:
		p->pss.hashAlg = hash(w[0]);
		p->pss.mgf = mgf(w[1]);
		p->pss.sLen = p11_number(w[2]);
		return sizeof(p->pss);
	case CKM_RSA_PKCS_OAEP:
		oaep(&p->oaep, w);
		return sizeof(p->oaep);
	case CKM_RSA_AES_KEY_WRAP:
		p->rsa_aes.wrap.ulAESKeyBits = p11_number(w[0]);
		p->rsa_aes.wrap.pOAEPParams = &p->rsa_aes.oaep;
		oaep(&p->rsa_aes.oaep, w + 1);
		return sizeof(p->rsa_aes.wrap);
	case CKM_ECDH1_DERIVE:
		return ecdh(&p->ecdh, w);
	case CKM_HKDF_DERIVE:
		return hkdf(&p->hkdf, w);
	case CKM_EDDSA: {
		const struct p11_bytes context = bytes(w[1]);

		p->eddsa.phFlag = w[0][0] == '1';
		p->eddsa.pContextData = context.p;
		p->eddsa.ulContextDataLen = context.n;
		return sizeof(p->eddsa);
	}
	case CKM_SHA_1_HMAC_GENERAL: case CKM_SHA224_HMAC_GENERAL: case CKM_SHA256_HMAC_GENERAL:
	case CKM_SHA384_HMAC_GENERAL: case CKM_SHA512_HMAC_GENERAL: case CKM_AES_CMAC_GENERAL:
		p->number = p11_number(w[0]);
		return sizeof(p->number);
	default:
		return 0;
	}
}

void
p11_mechanism(const char *word, CK_MECHANISM *m)
{
	static struct words s;
	union parameter *p = calloc(1, sizeof(*p));
	struct p11_bytes b;

	split(&s, word);
	memset(m, 0, sizeof(*m));
	if (p == NULL || p11_value(P11_CKM, s.w[0], strlen(s.w[0]), &m->mechanism) != 0)
		p11_misused("no such mechanism", word);
	if (s.w[1] == NULL) {
		free(p);
		return;
	}
	if (strcmp(s.w[1], "null") == 0 && s.w[2] != NULL && m->mechanism != CKM_ECDH1_DERIVE) {
		m->ulParameterLen = p11_number(s.w[2]);
		free(p);
		return;
	}
	m->ulParameterLen = strcmp(s.w[1], "raw") == 0 ? 0 : structure(m->mechanism, s.w + 1, p);
	if (m->ulParameterLen != 0) {
		m->pParameter = p;
		return;
	}
	b = p11_bytes(strcmp(s.w[1], "raw") == 0 ? s.w[2] : s.w[1]);
	m->pParameter = b.p;
	m->ulParameterLen = b.n;
	free(p);
}
