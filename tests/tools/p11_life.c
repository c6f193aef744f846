#include "tests/tools/p11_life.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/tools/p11_names.h"

static CK_OBJECT_CLASS public_class = CKO_PUBLIC_KEY, private_class = CKO_PRIVATE_KEY;
static CK_BYTE p256[] = { 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07 };
static CK_BBOOL yes = CK_TRUE;

static CK_RV
enter(struct p11_life *life)
{
	CK_UTF8CHAR *pin = strcmp(life->pin, "-") == 0 ? NULL :
	    (CK_UTF8CHAR *)(uintptr_t)life->pin;
	CK_RV rv = life->m->f->C_OpenSession(life->slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL,
	    NULL, &life->session);

	if (rv != CKR_OK)
		return rv;
	rv = life->m->f->C_Login(life->session, CKU_USER, pin, pin == NULL ? 0 : strlen(life->pin));
	/* Another thread of this process was first. */
	if (rv == CKR_USER_ALREADY_LOGGED_IN)
		rv = CKR_OK;
	if (rv != CKR_OK)
		life->m->f->C_CloseSession(life->session);
	return rv;
}

/* Answers of a module whose daemon has gone, or has come back as another one. */
static int
daemon_gone(CK_RV rv)
{
	switch (rv) {
	case CKR_DEVICE_ERROR: case CKR_DEVICE_REMOVED: case CKR_TOKEN_NOT_PRESENT:
	case CKR_SESSION_HANDLE_INVALID: case CKR_USER_NOT_LOGGED_IN: case CKR_KEY_HANDLE_INVALID:
	case CKR_OBJECT_HANDLE_INVALID: case CKR_SLOT_ID_INVALID: case CKR_SESSION_CLOSED:
		return 1;
	default:
		return 0;
	}
}

void
p11_life_again(struct p11_life *life, CK_RV rv)
{
	const struct timespec pause = { 0, 10000000 };

	life->again++;
	for (unsigned ms = 0; ms < P11_AGAIN_MS; ms += 10) {
		if (!daemon_gone(rv))
			p11_must("a call", rv);
		(void)life->m->f->C_CloseSession(life->session);
		if ((rv = enter(life)) == CKR_OK)
			return;
		nanosleep(&pause, NULL);
	}
	p11_must("the daemon never came back", rv);
}

void
p11_life_begin(struct p11_life *life, CK_SLOT_ID slot, const char *pin)
{
	static struct p11 module;
	CK_C_INITIALIZE_ARGS args = { .flags = CKF_OS_LOCKING_OK };
	CK_RV rv;

	p11_load(&module, NULL);
	*life = (struct p11_life){ .m = &module, .slot = slot, .pin = pin };
	p11_must("C_Initialize", module.f->C_Initialize(&args));
	if ((rv = enter(life)) != CKR_OK)
		p11_life_again(life, rv);
}

void
p11_life_join(struct p11_life *life, const struct p11_life *other)
{
	CK_RV rv;

	*life = *other;
	life->again = 0;
	if ((rv = enter(life)) != CKR_OK)
		p11_life_again(life, rv);
}

CK_RV
p11_life_make(struct p11_life *life, const char *label)
{
	char *name = (char *)(uintptr_t)label;
	CK_ATTRIBUTE public_key[] = {
		{ CKA_TOKEN, &yes, 1 }, { CKA_LABEL, name, strlen(label) },
		{ CKA_ID, name, strlen(label) }, { CKA_EC_PARAMS, p256, sizeof(p256) },
		{ CKA_VERIFY, &yes, 1 },
	};
	CK_ATTRIBUTE private_key[] = {
		{ CKA_TOKEN, &yes, 1 }, { CKA_LABEL, name, strlen(label) },
		{ CKA_ID, name, strlen(label) }, { CKA_PRIVATE, &yes, 1 },
		{ CKA_SENSITIVE, &yes, 1 }, { CKA_SIGN, &yes, 1 },
	};
	CK_MECHANISM m = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
	CK_OBJECT_HANDLE a, b;

	return life->m->f->C_GenerateKeyPair(life->session, &m, public_key, 5, private_key, 6, &a,
	    &b);
}

CK_RV
p11_life_find(struct p11_life *life, CK_OBJECT_CLASS class, const char *label, CK_OBJECT_HANDLE *o)
{
	CK_ATTRIBUTE t[] = {
		{ CKA_CLASS, &class, sizeof(class) },
		{ CKA_LABEL, (char *)(uintptr_t)label, strlen(label) },
	};
	CK_OBJECT_HANDLE found[2];
	CK_ULONG n;
	CK_RV rv;

	if ((rv = life->m->f->C_FindObjectsInit(life->session, t, 2)) != CKR_OK)
		return rv;
	rv = life->m->f->C_FindObjects(life->session, found, 2, &n);
	(void)life->m->f->C_FindObjectsFinal(life->session);
	if (rv != CKR_OK)
		return rv;
	*o = found[0];
	return n == 1 ? CKR_OK : n == 0 ? CKR_OBJECT_HANDLE_INVALID : CKR_GENERAL_ERROR;
}

CK_RV
p11_life_prove(struct p11_life *life, const char *label)
{
	CK_MECHANISM m = { CKM_ECDSA, NULL, 0 };
	CK_OBJECT_HANDLE priv, pub;
	CK_BYTE digest[32] = { 1 }, sig[64];
	CK_ULONG n = sizeof(sig);
	CK_RV rv;

	if ((rv = p11_life_find(life, private_class, label, &priv)) != CKR_OK ||
	    (rv = p11_life_find(life, public_class, label, &pub)) != CKR_OK ||
	    (rv = life->m->f->C_SignInit(life->session, &m, priv)) != CKR_OK ||
	    (rv = life->m->f->C_Sign(life->session, digest, sizeof(digest), sig, &n)) != CKR_OK ||
	    (rv = life->m->f->C_VerifyInit(life->session, &m, pub)) != CKR_OK)
		return rv;
	return life->m->f->C_Verify(life->session, digest, sizeof(digest), sig, n);
}

static unsigned long
count(struct p11_life *life, CK_OBJECT_CLASS class)
{
	CK_ATTRIBUTE t[] = {
		{ CKA_CLASS, &class, sizeof(class) }, { CKA_TOKEN, &yes, sizeof(yes) },
	};
	CK_OBJECT_HANDLE found[256];
	unsigned long all = 0;
	CK_ULONG n;

	p11_must("C_FindObjectsInit", life->m->f->C_FindObjectsInit(life->session, t, 2));
	do {
		p11_must("C_FindObjects", life->m->f->C_FindObjects(life->session, found, 256, &n));
		all += n;
	} while (n > 0);
	p11_must("C_FindObjectsFinal", life->m->f->C_FindObjectsFinal(life->session));
	return all;
}

/* Each private key has its public one: those that nobody acknowledged, too. */
static int
halves(struct p11_life *life)
{
	static CK_OBJECT_HANDLE found[65536];
	CK_ATTRIBUTE t = { CKA_CLASS, &private_class, sizeof(private_class) };
	int r = 0;
	CK_ULONG n;

	p11_must("C_FindObjectsInit", life->m->f->C_FindObjectsInit(life->session, &t, 1));
	p11_must("C_FindObjects", life->m->f->C_FindObjects(life->session, found, 65536, &n));
	p11_must("C_FindObjectsFinal", life->m->f->C_FindObjectsFinal(life->session));
	for (CK_ULONG i = 0; i < n; i++) {
		char label[P11_LABEL] = "";
		CK_ATTRIBUTE a = { CKA_LABEL, label, sizeof(label) - 1 };
		CK_RV rv;

		p11_must("C_GetAttributeValue",
		    life->m->f->C_GetAttributeValue(life->session, found[i], &a, 1));
		if ((rv = p11_life_prove(life, label)) != CKR_OK) {
			fprintf(stderr, "%s is no whole pair: %s\n", label, p11_name(P11_CKR, rv));
			r = 1;
		}
	}
	return r;
}

int
p11_life_check(struct p11_life *life, const char *path)
{
	const unsigned long privates = count(life, private_class), publics = count(life, public_class);
	FILE *f = fopen(path, "re");
	unsigned long acknowledged = 0;
	char line[P11_LABEL + 2];
	int r = 0;
	CK_RV rv;

	if (f == NULL)
		p11_misused("cannot read", path);
	while (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		acknowledged++;
		if ((rv = p11_life_prove(life, line)) != CKR_OK) {
			fprintf(stderr, "%s was acknowledged: %s\n", line, p11_name(P11_CKR, rv));
			r = 1;
		}
	}
	fclose(f);
	if (halves(life) != 0)
		r = 1;
	if (privates != publics || privates < acknowledged)
		r = 1;
	printf("%lu acknowledged, %lu private, %lu public keys\n", acknowledged, privates, publics);
	return r;
}
