#include "hsm/cards/probe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <reader.h>

#include "card-os/iso7816/err.h"
#include "hsm/cards/pcsc_list.h"
#include "hsm/cards/pcsc_pad.h"
#include "hsm/cards/reader_name.h"

enum { CONNECT_MS = 2000 };

static const char usual_socket[] = "/run/pcscd/pcscd.comm";

/* winscard says of all of them that there is no service; a connection of our own knows more. */
static const struct {
	int err;
	const char *why;
} reasons[] = {
	{ ENOENT, "pcscd does not run: there is no socket %s; start it (`systemctl start "
	    "pcscd.socket`), or install it (package pcscd)" },
	{ ECONNREFUSED, "pcscd has ended, its socket %s is left; start it anew (`systemctl restart "
	    "pcscd.socket pcscd`)" },
	{ EACCES, "you may not use pcscd's socket %s: `ls -l` names who may" },
	{ 0, "pcscd listens at %s, but refuses: polkit's rules (org.debian.pcsc-lite.access_pcsc) "
	    "say who may use it, and `journalctl -u pcscd` why it did not" },
	{ -1, "cannot reach pcscd at %s; `journalctl -u pcscd` may say more" },
};

static void
service_why(char why[PROBE_WHY_MAX])
{
	const char *path = getenv("PCSCLITE_CSOCK_NAME");
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd, err;
	size_t i;

	if (path == NULL || *path == '\0')
		path = usual_socket;
	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	err = connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0 ? 0 : errno;
	if (fd >= 0)
		(void)close(fd);
	for (i = 0; reasons[i].err != err && reasons[i].err != -1; i++)
		;
	why[0] = '\0';
	/* The table's texts have the path once. */
	for (const char *p = reasons[i].why; *p != '\0'; p++) {
		const size_t n = strlen(why);

		if (*p == '%' && p[1] == 's')
			p++, (void)snprintf(why + n, PROBE_WHY_MAX - n, "%s", a.sun_path);
		else
			(void)snprintf(why + n, PROBE_WHY_MAX - n, "%c", *p);
	}
}

int
probe_names(char names[CARDS_READERS_MAX][CARDS_NAME_MAX], size_t *n, char why[PROBE_WHY_MAX])
{
	struct pcsc_watch watch = { 0 };
	int r;

	why[0] = '\0';
	if ((r = pcsc_names(&watch, names, n)) != 0)
		service_why(why);
	pcsc_watch_end(&watch);
	return r;
}

static void
look_at_card(struct pad_report *v)
{
	SCARD_READERSTATE s = { .szReader = v->name, .dwCurrentState = SCARD_STATE_UNAWARE };
	struct pcsc_watch watch = { 0 };

	if (pcsc_watch(&watch) != 0)
		return;
	if (SCardGetStatusChange(watch.context, 0, &s, 1) == SCARD_S_SUCCESS) {
		v->present = pcsc_presence(s.dwEventState) == 1;
		v->mute = v->present && (s.dwEventState & SCARD_STATE_MUTE) != 0;
		v->in_use = (s.dwEventState & (SCARD_STATE_INUSE | SCARD_STATE_EXCLUSIVE)) != 0;
		v->atr_n = s.cbAtr < sizeof(v->atr) ? s.cbAtr : sizeof(v->atr);
		memcpy(v->atr, s.rgbAtr, v->atr_n);
	}
	pcsc_watch_end(&watch);
}

/* One control code, without data or with a CT-BCS GET STATUS. ERR_NOT_FOUND: it is not offered. */
static int
ask(struct pcsc *conn, uint32_t code, const struct wr *command, uint8_t answer[PCSC_ANSWER_MAX],
    size_t *n)
{
	*n = 0;
	return code == 0 ? ERR_NOT_FOUND : pcsc_control(conn, code, command, answer, n);
}

static int
ask_status(struct pcsc *conn, const struct pad_report *v, uint8_t what,
    uint8_t answer[PCSC_ANSWER_MAX], size_t *n)
{
	uint8_t mem[PADCODE_MAX];
	struct wr wr;

	wr_init(&wr, mem, sizeof(mem));
	padinfo_status(&wr, what);
	return ask(conn, padinfo_code(v, FEATURE_MCT), &wr, answer, n);
}

static void
ask_properties(struct pcsc *conn, struct pad_report *v)
{
	uint8_t answer[PCSC_ANSWER_MAX], mem[1];
	struct wr none;
	size_t n;

	wr_init(&none, mem, 0);
	if ((v->pin_err = ask(conn, padinfo_code(v, FEATURE_PIN_PROPERTIES), &none, answer,
	    &n)) == 0)
		v->pin_err = padinfo_pin_properties(answer, n, &v->pin);
	if ((v->tlv_err = ask(conn, padinfo_code(v, FEATURE_TLV_PROPERTIES), &none, answer,
	    &n)) == 0)
		v->tlv_err = padinfo_tlv_properties(answer, n, &v->tlv);
	/*
	 * No PIN entry runs, so no key was pressed; one byte says so. Each is told once only: where
	 * another program has begun an entry it is that program's.
	 */
	if (v->in_use)
		v->key_err = ERR_NOT_FOUND;
	else if ((v->key_err = ask(conn, padinfo_code(v, FEATURE_GET_KEY), &none, answer, &n)) ==
	    0 && n != 1)
		v->key_err = ERR_FORMAT;
}

/* The same question by another way has to have the same answer. */
static int
compare(struct pcsc *conn, const struct pad_report *v, const uint8_t *direct, size_t direct_n)
{
	uint8_t mem[PADCODE_MAX], answer[PCSC_ANSWER_MAX];
	const uint8_t *p = answer;
	struct wr wr;
	size_t n;
	int r;

	wr_init(&wr, mem, sizeof(mem));
	padinfo_universal(&wr, STATUS_UNITS);
	if ((r = ask(conn, padinfo_code(v, FEATURE_MCT_UNIVERSAL), &wr, answer, &n)) != 0 ||
	    (r = padinfo_universal_answer(&p, &n)) != 0)
		return r;
	return n == direct_n && memcmp(p, direct, n) == 0 ? 0 : ERR_FORMAT;
}

static void
ask_units(struct pcsc *conn, struct pad_report *v)
{
	uint8_t answer[PCSC_ANSWER_MAX];
	size_t n;

	if ((v->maker_err = ask_status(conn, v, STATUS_MAKER, answer, &n)) == 0)
		v->maker_err = padinfo_maker(answer, n, v->maker);
	if ((v->icc_err = ask_status(conn, v, STATUS_ICC, answer, &n)) == 0)
		v->icc_err = padinfo_icc(answer, n, &v->icc_present);
	if ((v->units_err = ask_status(conn, v, STATUS_UNITS, answer, &n)) == 0)
		v->units_err = padinfo_units(answer, n, &v->units);
	v->universal_err = v->units_err == 0 ? compare(conn, v, answer, n) : ERR_NOT_FOUND;
}

static int
show(struct pcsc *conn, const struct pad_report *v, const char *text, unsigned seconds)
{
	const struct pad_features f = { .mct = padinfo_code(v, FEATURE_MCT) };
	const struct timespec t = { (time_t)seconds, 0 };
	int r;

	if (f.mct == 0)
		return ERR_NOT_FOUND;
	if ((r = pcsc_pad_show(conn, &f, text)) == ERR_UNSUPPORTED &&
	    reader_is_virtual(v->name) && pcsc_pad_there(conn, &f) != 0)
		r = ERR_READER_GONE;
	if (r != 0)
		return r;
	(void)nanosleep(&t, NULL);
	return pcsc_pad_show(conn, &f, "");
}

void
probe_reader(const char *name, const char *text, unsigned seconds, struct pad_report *v)
{
	const atomic_int never = 0;
	uint8_t answer[PCSC_ANSWER_MAX], mem[1];
	struct pcsc_attempts attempts = { 0 };
	struct pcsc conn = { 0 };
	struct wr none;
	size_t n;

	memset(v, 0, sizeof(*v));
	(void)snprintf(v->name, sizeof(v->name), "%s", name);
	look_at_card(v);
	wr_init(&none, mem, 0);
	if ((v->err = pcsc_connect(&attempts, &conn, name, 0, CONNECT_MS, &never)) != 0)
		goto out;
	v->features_err = pcsc_control(&conn, CM_IOCTL_GET_FEATURE_REQUEST, &none, answer, &n);
	/* A reader without any refuses the question. */
	if (v->features_err == ERR_UNSUPPORTED || v->features_err == ERR_IO)
		v->features_err = 0;
	else if (v->features_err == 0)
		v->features_err = padinfo_features(answer, n, v);
	if (v->features_err == ERR_READER_GONE || v->features_err == ERR_NO_SERVICE) {
		v->err = v->features_err;
		goto out;
	}
	ask_properties(&conn, v);
	ask_units(&conn, v);
	v->text_err = text == NULL ? ERR_NOT_FOUND : v->in_use ? ERR_BUSY :
	    show(&conn, v, text, seconds);
out:
	pcsc_disconnect(&conn);
	pcsc_let_go(&attempts);
}
