#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <winscard.h>

#include "card-os/iso7816/err.h"
#include "card-os/iso7816/sm.h"
#include "card-os/iso7816/tlv.h"
#include "card-os/profile/profile.h"
#include "tests/unit/holder.h"

/*
 * load_slot [clear]: opens the secure channel to the card in the first reader and loads a new slot
 * credential, or takes the one that is there away. The slot PIN is the first line of stdin.
 * It ends with 0, or says which step the card refused.
 */
enum { COMMAND_MAX = 4096, WHOLE_FILE = APDU_NE_MAX, TAG_MSE_AT = 0xa4 };

struct run {
	SCARDCONTEXT context;
	SCARDHANDLE card;
	struct sm sm;
	uint8_t point[SM_POINT];	/* the card's */
	uint8_t command[CAPDU_MAX];
	uint8_t answer[RAPDU_MAX];
	uint8_t data[RAPDU_MAX];	/* of the last command, n bytes */
	size_t n;
};

static _Noreturn void
die(const char *step, const char *why)
{
	fprintf(stderr, "load_slot: %s: %s\n", step, why);
	exit(1);
}

static void
check(const char *step, LONG r)
{
	if (r != SCARD_S_SUCCESS)
		die(step, pcsc_stringify_error(r));
}

/* One command, through the channel when it is open; anything but 9000 ends the program. */
static void
ask(struct run *run, const char *step, const struct apdu *a)
{
	const int secured = run->sm.open;
	DWORD got = sizeof(run->answer);
	char word[8];
	uint16_t sw = 0;
	struct wr wr;
	size_t n;

	wr_init(&wr, run->command, sizeof(run->command));
	if (!secured)
		apdu_encode(&wr, a);
	else if (sm_command_wrap(&run->sm, a, &wr) != 0)
		die(step, "cannot be protected");
	check(step, SCardTransmit(run->card, SCARD_PCI_T1, run->command, wr.n, NULL, run->answer,
	    &got));
	n = got;
	wr_init(&wr, run->data, sizeof(run->data));
	if (secured) {
		if (sm_response_unwrap(&run->sm, run->answer, n, &wr, &sw) != 0 && sw == 0)
			die(step, "the channel broke");
	} else if (rapdu_decode(run->answer, &n, &sw) == 0)
		wr_bytes(&wr, run->answer, n);
	run->n = wr.n;
	snprintf(word, sizeof(word), "%04X", sw);
	if (sw != SW_OK)
		die(step, word);
}

static void
connect_card(struct run *run)
{
	char readers[1024];
	DWORD n = sizeof(readers), protocol;

	check("context", SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &run->context));
	check("readers", SCardListReaders(run->context, NULL, readers, &n));
	check("card", SCardConnect(run->context, readers, SCARD_SHARE_EXCLUSIVE,
	    SCARD_PROTOCOL_T1, &run->card, &protocol));
}

static void
read_point(struct run *run)
{
	const uint8_t fid[] = { FID_DEVICE_CERT >> 8, FID_DEVICE_CERT & 0xff };
	const uint8_t *p = run->data;
	size_t n = 0;
	X509 *cert;

	ask(run, "device certificate", &(struct apdu){ .ins = INS_SELECT, .p1 = 0x08, .p2 = 0x0c,
	    .data = fid, .nc = sizeof(fid) });
	ask(run, "device certificate", &(struct apdu){ .ins = INS_READ_BINARY, .ne = WHOLE_FILE });
	cert = d2i_X509(NULL, &p, (long)run->n);
	if (cert == NULL || EVP_PKEY_get_octet_string_param(X509_get0_pubkey(cert),
	    OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, run->point, SM_POINT, &n) != 1 || n != SM_POINT)
		die("device certificate", "malformed");
	X509_free(cert);
}

static void
open_channel(struct run *run)
{
	static const uint8_t mse[] = "\x80\x0a" SM_PROTOCOL "\x84\x01\x01";
	struct tlv dynamic, nonce, token;
	uint8_t mem[4 + SM_POINT];
	struct sm_host host;
	struct wr wr;
	size_t opened;

	ask(run, "MSE", &(struct apdu){ .ins = INS_MANAGE_SE, .p1 = 0x41, .p2 = TAG_MSE_AT,
	    .data = mse, .nc = sizeof(mse) - 1 });
	if (sm_host_start(&host) != 0)
		die("channel", "no random numbers");
	wr_init(&wr, mem, sizeof(mem));
	opened = tlv_open(&wr, 0x7c);
	tlv_put(&wr, 0x80, host.point, SM_POINT);
	tlv_close(&wr, opened);
	ask(run, "channel", &(struct apdu){ .ins = INS_GENERAL_AUTHENTICATE, .data = mem,
	    .nc = wr.n, .ne = 256 });
	if (tlv_find(run->data, run->n, 0x7c, &dynamic) != 0 ||
	    tlv_find(dynamic.p, dynamic.n, 0x81, &nonce) != 0 || nonce.n != SM_NONCE ||
	    tlv_find(dynamic.p, dynamic.n, 0x82, &token) != 0 || token.n != SM_TOKEN ||
	    sm_host_finish(&host, run->point, nonce.p, token.p, &run->sm) != 0)
		die("channel", "the card does not have its key");
}

static void
verify(struct run *run)
{
	char pin[PIN_MAX + 2];
	size_t n;

	if (fgets(pin, sizeof(pin), stdin) == NULL)
		die("PIN", "none on stdin");
	n = strcspn(pin, "\n");
	ask(run, "select", &(struct apdu){ .ins = INS_SELECT, .p1 = 0x04, .p2 = 0x0c,
	    .data = (const uint8_t *)AID_SLOT, .nc = AID_LEN });
	ask(run, "PIN", &(struct apdu){ .ins = INS_VERIFY, .p2 = PIN_REF,
	    .data = (const uint8_t *)pin, .nc = n });
	OPENSSL_cleanse(pin, sizeof(pin));
}

static void
load(struct run *run, int clear)
{
	static uint8_t command[COMMAND_MAX];
	struct holder credential;
	struct apdu a = { .ins = INS_PUT_DATA_ODD, .p1 = 0x3f, .p2 = 0xff,
	    .data = (const uint8_t *)"\x70\x00", .nc = 2 };

	if (!clear) {
		holder_make(&credential);
		if (apdu_decode(command, holder_command(&credential, command,
		    sizeof(command)), &a) != 0)
			die("credential", "cannot be made");
		holder_free(&credential);
	}
	ask(run, "load", &a);
	OPENSSL_cleanse(command, sizeof(command));
}

int
main(int argc, char **argv)
{
	static struct run run;
	const int clear = argc == 2 && strcmp(argv[1], "clear") == 0;

	if (argc > 1 && !clear)
		return 2;
	connect_card(&run);
	read_point(&run);
	open_channel(&run);
	verify(&run);
	load(&run, clear);
	sm_close(&run.sm);
	SCardDisconnect(run.card, SCARD_UNPOWER_CARD);
	SCardReleaseContext(run.context);
	return 0;
}
