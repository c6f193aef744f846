#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "hsm/pkcs11/wire.h"

/*
 * A hostile daemon: it says HELLO as it should, and to what an application asks then, one answer of
 * the input after another (rv:1 length:2 result), hanging up after the last. Results go into memory
 * that is exactly as large as the module was told.
 */
int LLVMFuzzerInitialize(int *, char ***);
int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct {
	int fd, pages[2];
	struct rd input;
} daemon_side;

static int
page(size_t n)
{
	const int fd = memfd_create("page", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct wire_page *p;

	if (fd < 0 || ftruncate(fd, (off_t)n) != 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) != 0)
		abort();
	if (n == sizeof(*p)) {
		if ((p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)) == MAP_FAILED)
			abort();
		for (size_t i = 0; i < WIRE_SLOTS; i++)
			p->slot[i].present = 1;
		munmap(p, n);
	}
	return fd;
}

static int
hello(int fd)
{
	static const uint8_t answer[8 + WIRE_COOKIE_LEN + 8 + 1] = { [8] = 1,
		[sizeof(answer) - 1] = WIRE_POLICY_ALL };

	return wire_send(fd, answer, sizeof(answer), daemon_side.pages, 2);
}

static int
next_answer(int fd)
{
	uint8_t answer[WIRE_FRAME_MAX];
	struct rd *in = &daemon_side.input;
	struct wr wr;
	const uint8_t *p;
	size_t n;

	if (in->n == 0)
		return -1;
	wr_init(&wr, answer, sizeof(answer));
	wr_u64(&wr, rd_u8(in));
	n = rd_u16(in);
	/* The last one may be cut off. */
	if ((p = rd_view(in, n < in->n ? n : in->n)) != NULL)
		wr_bytes(&wr, p, n < (size_t)(in->p - p) ? n : (size_t)(in->p - p));
	return wire_send(fd, answer, wr.n, NULL, 0);
}

static void *
serve(void *arg)
{
	static uint8_t request[WIRE_FRAME_MAX];
	int fd;

	(void)arg;
	while ((fd = accept4(daemon_side.fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		size_t n;

		while (wire_receive(fd, request, sizeof(request), &n, NULL, 0) == 0)
			if ((request[0] == WIRE_HELLO ? hello(fd) : next_answer(fd)) != 0)
				break;
		close(fd);
	}
	return NULL;
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	char dir[] = "/tmp/cardinal-fuzz.XXXXXX";
	pthread_t thread;

	(void)argc;
	(void)argv;
	if (mkdtemp(dir) == NULL || setenv("CARDINAL_RUN", dir, 1) != 0)
		abort();
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/pkcs11.sock", dir);
	daemon_side.pages[0] = page(sizeof(struct wire_page));
	daemon_side.pages[1] = page(sizeof(struct wire_own));
	if ((daemon_side.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0 ||
	    bind(daemon_side.fd, (struct sockaddr *)&sa, sizeof(sa)) != 0 ||
	    listen(daemon_side.fd, 8) != 0 || pthread_create(&thread, NULL, serve, NULL) != 0)
		abort();
	return 0;
}

/* What an application does. ------------------------------------------------ */

enum { OBJECTS = 6 };
static CK_BYTE data[64];

/* Once for the length, and once with so much room. */
#define TWICE(call, ...) \
	do { \
		CK_ULONG n = 0; \
		if (call(__VA_ARGS__, NULL, &n) == CKR_OK && n < 1 << 20) { \
			CK_BYTE *out = malloc(n + 1); \
			call(__VA_ARGS__, out, &n); \
			free(out); \
		} \
	} while (0)

static void
look(CK_SESSION_HANDLE h, CK_OBJECT_HANDLE o)
{
	static const CK_ATTRIBUTE_TYPE types[] = { CKA_CLASS, CKA_LABEL, CKA_VALUE, CKA_ID,
		CKA_START_DATE, CKA_MODULUS, CKA_EC_POINT, CKA_ALLOWED_MECHANISMS, CKA_SENSITIVE };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		CK_ATTRIBUTE a = { types[i], NULL, 0 };

		if (C_GetAttributeValue(h, o, &a, 1) != CKR_OK)
			continue;
		a.pValue = malloc(a.ulValueLen + 1);
		C_GetAttributeValue(h, o, &a, 1);
		free(a.pValue);
	}
}

static void
use(CK_SESSION_HANDLE h, CK_OBJECT_HANDLE o)
{
	CK_RSA_PKCS_OAEP_PARAMS oaep = { CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED, NULL, 0 };
	CK_MECHANISM signs[] = { { CKM_ECDSA_SHA256, NULL, 0 }, { CKM_SHA256_RSA_PKCS, NULL, 0 },
		{ CKM_EDDSA, NULL, 0 }, { CKM_AES_CMAC, NULL, 0 }, { CKM_RSA_X_509, NULL, 0 } };
	CK_MECHANISM ciphers[] = { { CKM_AES_CBC_PAD, data, 16 }, { CKM_AES_ECB, NULL, 0 },
		{ CKM_RSA_PKCS_OAEP, &oaep, sizeof(oaep) }, { CKM_AES_KEY_WRAP_KWP, NULL, 0 } };

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		if (C_SignInit(h, &signs[i], o) == CKR_OK)
			TWICE(C_Sign, h, data, sizeof(data));
		if (C_VerifyInit(h, &signs[i], o) == CKR_OK)
			C_Verify(h, data, sizeof(data), data, sizeof(data));
	}
	for (size_t i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]); i++) {
		if (C_EncryptInit(h, &ciphers[i], o) == CKR_OK)
			TWICE(C_Encrypt, h, data, 32);
		if (C_DecryptInit(h, &ciphers[i], o) == CKR_OK) {
			TWICE(C_DecryptUpdate, h, data, 48);
			TWICE(C_DecryptFinal, h);
		}
	}
}

static void
make(CK_SESSION_HANDLE h, CK_OBJECT_HANDLE o, CK_OBJECT_HANDLE other)
{
	CK_MECHANISM gen = { CKM_EC_EDWARDS_KEY_PAIR_GEN, NULL, 0 };
	CK_MECHANISM kwp = { CKM_AES_KEY_WRAP_KWP, NULL, 0 };
	CK_OBJECT_CLASS class = CKO_DATA;
	CK_BBOOL yes = CK_TRUE;
	CK_ATTRIBUTE t[] = { { CKA_CLASS, &class, sizeof(class) }, { CKA_TOKEN, &yes, 1 } };
	CK_ATTRIBUTE label = { CKA_LABEL, data, 4 };
	CK_OBJECT_HANDLE made[2];

	if (C_GenerateKeyPair(h, &gen, NULL, 0, NULL, 0, &made[0], &made[1]) == CKR_OK) {
		look(h, made[0]);
		C_DestroyObject(h, made[0]);
	}
	if (C_CreateObject(h, t, 2, &made[0]) == CKR_OK)
		look(h, made[0]);
	C_CopyObject(h, o, t + 1, 1, &made[0]);
	C_CopyObject(h, o, NULL, 0, &made[0]);
	C_SetAttributeValue(h, o, &label, 1);
	TWICE(C_WrapKey, h, &kwp, o, other);
	C_UnwrapKey(h, &kwp, o, data, 40, t, 1, &made[0]);
	C_DestroyObject(h, o);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	CK_UTF8CHAR pin[] = "98765432";
	CK_OBJECT_HANDLE o[OBJECTS];
	CK_SESSION_HANDLE h;
	CK_TOKEN_INFO token;
	CK_ULONG found = 0;

	rd_init(&daemon_side.input, p, n);
	if (C_Initialize(NULL) != CKR_OK)
		abort();
	C_GetTokenInfo(3, &token);
	if (C_OpenSession(3, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &h) != CKR_OK)
		goto out;
	C_Login(h, CKU_USER, pin, sizeof(pin) - 1);
	if (C_FindObjectsInit(h, NULL, 0) == CKR_OK)
		C_FindObjects(h, o, OBJECTS, &found);
	for (CK_ULONG i = 0; i < found; i++) {
		look(h, o[i]);
		use(h, o[i]);
	}
	if (found > 1)
		make(h, o[0], o[1]);
	C_Logout(h);
	C_CloseSession(h);
out:
	if (C_Finalize(NULL) != CKR_OK)
		abort();
	return 0;
}
