#include "hsm/cards/pcsc_pad.h"

#include <string.h>
#include <reader.h>

#include "card-os/iso7816/apdu.h"
#include "card-os/iso7816/err.h"

int
pcsc_control(struct pcsc *conn, uint32_t code, const struct wr *command,
    uint8_t answer[PCSC_ANSWER_MAX], size_t *n)
{
	DWORD got = 0;
	LONG rv;

	*n = 0;
	if (command->err != 0)
		return command->err;
	rv = SCardControl(conn->handle, code, command->p, (DWORD)command->n, answer,
	    PCSC_ANSWER_MAX, &got);
	*n = got;
	return pcsc_err(rv);
}

int
pcsc_pad_features(struct pcsc *conn, struct pad_features *f, int *display)
{
	uint8_t command[PADCODE_MAX], answer[PCSC_ANSWER_MAX];
	struct wr wr;
	size_t n;
	int r;

	*display = 0;
	memset(f, 0, sizeof(*f));
	wr_init(&wr, command, sizeof(command));
	r = pcsc_control(conn, CM_IOCTL_GET_FEATURE_REQUEST, &wr, answer, &n);
	/* A reader without any features refuses the question. */
	if (r == ERR_UNSUPPORTED || r == ERR_IO ||
	    (r == 0 && padcode_features(answer, n, f) != 0)) {
		memset(f, 0, sizeof(*f));
		return 0;
	}
	if (r != 0 || f->mct == 0)
		return r;
	padcode_units(&wr);
	if ((r = pcsc_control(conn, f->mct, &wr, answer, &n)) == 0)
		*display = padcode_has_display(answer, n);
	return r == ERR_READER_GONE || r == ERR_BUSY ? r : 0;
}

int
pcsc_pad_show(struct pcsc *conn, const struct pad_features *f, const char *text)
{
	uint8_t command[PADCODE_MAX], answer[PCSC_ANSWER_MAX];
	struct wr wr;
	uint16_t sw;
	size_t n;
	int r;

	if (f->mct == 0)
		return ERR_UNSUPPORTED;
	wr_init(&wr, command, sizeof(command));
	padcode_output(&wr, text);
	if ((r = pcsc_control(conn, f->mct, &wr, answer, &n)) != 0)
		return r;
	return rapdu_decode(answer, &n, &sw) == 0 && sw == SW_OK ? 0 : ERR_UNSUPPORTED;
}

int
pcsc_pad_there(struct pcsc *conn, const struct pad_features *f)
{
	uint8_t command[PADCODE_MAX], answer[PCSC_ANSWER_MAX];
	struct wr wr;
	size_t n;

	wr_init(&wr, command, sizeof(command));
	padcode_reset(&wr);
	return pcsc_control(conn, f->mct, &wr, answer, &n) == ERR_READER_GONE ? ERR_READER_GONE : 0;
}

int
pcsc_pad_key(struct pcsc *conn, const struct pad_features *f, const char *text, int beep,
    enum cards_key *key)
{
	uint8_t command[PADCODE_MAX], answer[PCSC_ANSWER_MAX];
	struct wr wr;
	size_t n;
	int r;

	*key = CARDS_NO_KEY;
	if (f->mct == 0)
		return ERR_UNSUPPORTED;
	wr_init(&wr, command, sizeof(command));
	padcode_input(&wr, text, beep);
	if ((r = pcsc_control(conn, f->mct, &wr, answer, &n)) != 0)
		return r;
	return padcode_key(answer, n, key);
}

int
pcsc_pad_pin(struct pcsc *conn, const struct pad_features *f, uint8_t ref, int modify,
    unsigned first_s, unsigned next_s, uint16_t *sw)
{
	uint8_t command[PADCODE_MAX], answer[PCSC_ANSWER_MAX];
	uint32_t code = modify ? f->modify : f->verify;
	struct wr wr;
	size_t n;
	int r;

	*sw = 0;
	if (code == 0)
		return ERR_NO_PIN_PAD;
	wr_init(&wr, command, sizeof(command));
	padcode_pin(&wr, ref, modify, first_s, next_s);
	if ((r = pcsc_control(conn, code, &wr, answer, &n)) != 0)
		return r;
	return rapdu_decode(answer, &n, sw) == 0 && n == 0 ? 0 : ERR_IO;
}
