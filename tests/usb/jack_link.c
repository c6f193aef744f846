#include "tests/usb/jack_link.h"

#include <string.h>

enum {
	PACKET = 64, FEW = 7,
	NODE_HOST = 0x2, NODE_CT = 0x1, NODE_ICC = 0x0, NODE_CABLE = 0xe,
	PCB_R = 0x80, PCB_S = 0xc0, PCB_MORE = 0x20, PCB_NS = 0x40,
	R_OK = 0, R_LRC = 1, R_OTHER = 2,
	S_RESYNC = 0xc0, S_IFS = 0xc1, S_ABORT = 0xc2, S_ANSWER = 0x20,
	S_NOBODY_KNOWS = 0xcd,
};

/* Out. --------------------------------------------------------------------------------------- */

static void
announce(struct jack_link *l, size_t n)
{
	if (l->announced_n == JACK_ANNOUNCED || l->faults->silent)
		return;
	l->announced[(l->announced_first + l->announced_n++) % JACK_ANNOUNCED] = (uint16_t)n;
}

static struct jack_frame *
push(struct jack_link *l, const uint8_t *block, size_t n)
{
	static struct jack_frame nowhere;
	struct jack_frame *f = &nowhere;

	if (l->queued < JACK_QUEUE)
		f = &l->queue[(l->first + l->queued++) % JACK_QUEUE];
	f->p[0] = 0x00;
	f->p[1] = (uint8_t)n;
	f->p[2] = (uint8_t)(n >> 8);
	memcpy(f->p + JACK_HEAD, block, n);
	f->n = JACK_HEAD + n;
	f->at = 0;
	announce(l, n);
	return f;
}

void
jack_link_raw(struct jack_link *l, const uint8_t *p, size_t n)
{
	(void)push(l, p, n < JACK_BLOCK_MAX ? n : JACK_BLOCK_MAX);
}

static uint8_t
lrc(const uint8_t *p, size_t n)
{
	uint8_t sum = 0;

	while (n-- > 0)
		sum ^= *p++;
	return sum;
}

/* A block that answers, and may be told to be wrong. */
static void
send_block(struct jack_link *l, const uint8_t *block, size_t n)
{
	static const uint8_t nonsense[] = { 0x47, 0x11, 0x08, 0x15, 0xff, 0x00, 0xaa };
	static const uint8_t unknown[] = { NODE_HOST << 4 | NODE_CABLE, S_NOBODY_KNOWS, 0,
	    (NODE_HOST << 4 | NODE_CABLE) ^ S_NOBODY_KNOWS };
	uint8_t wrong[JACK_BLOCK_MAX];
	const enum jack_fault fault = jack_faults_frame(l->faults);
	struct jack_frame *f;

	memcpy(wrong, block, n);
	switch (fault) {
	case FAULT_LOST:
		return;
	case FAULT_GARBAGE:
		jack_link_raw(l, nonsense, sizeof(nonsense));
		return;
	case FAULT_UNKNOWN:
		jack_link_raw(l, unknown, sizeof(unknown));
		break;
	case FAULT_TWICE:
		(void)push(l, block, n);
		break;
	case FAULT_LRC:
		wrong[n - 1] ^= 0x01;
		break;
	case FAULT_LENGTH:
		wrong[2] ^= 0x01;
		wrong[n - 1] ^= 0x01;	/* which is the right LRC of that */
		break;
	case FAULT_NAD:
		wrong[0] ^= 0x50;
		wrong[n - 1] ^= 0x50;
		break;
	case FAULT_SEQUENCE:
		if ((wrong[1] & PCB_R) == 0) {
			wrong[1] ^= PCB_NS;
			wrong[n - 1] ^= PCB_NS;
		}
		break;
	default:
		break;
	}
	f = push(l, wrong, n);
	if (fault == FAULT_SHORT)
		f->n = JACK_HEAD + n / 2;
	else if (fault == FAULT_HEAD)
		f->p[1] = (uint8_t)(f->p[1] + 9);
	else if (fault == FAULT_BYTES || fault == FAULT_EMPTY)
		f->p[0] = (uint8_t)fault;	/* put right when it goes out */
}

static void
send_last(struct jack_link *l)
{
	if (l->last_n > 0)
		send_block(l, l->last, l->last_n);
}

static void
put_block(struct jack_link *l, uint8_t nad, uint8_t pcb, const uint8_t *inf, size_t n)
{
	l->last[0] = nad;
	l->last[1] = pcb;
	l->last[2] = (uint8_t)n;
	if (n > 0)
		memcpy(l->last + 3, inf, n);
	l->last[3 + n] = lrc(l->last, 3 + n);
	l->last_n = 3 + n + 1;
	send_last(l);
}

static uint8_t
swapped(uint8_t nad)
{
	return (uint8_t)(nad << 4 | nad >> 4);
}

void
jack_link_say(struct jack_link *l, uint8_t pcb)
{
	const uint8_t nad = NODE_HOST << 4 | NODE_CABLE;
	const uint8_t block[] = { nad, pcb, 0, (uint8_t)(nad ^ pcb) };

	if (pcb == JACK_S_WTX)
		l->faults->counts[COUNT_WTX]++;
	(void)push(l, block, sizeof(block));
}

static void
send_rest(struct jack_link *l)
{
	size_t n = l->rsp_n - l->rsp_at;
	uint8_t pcb = l->ns != 0 ? PCB_NS : 0;

	if (n > JACK_INF_MAX) {
		n = JACK_INF_MAX;
		pcb |= PCB_MORE;
	}
	l->rsp_sent = n;
	put_block(l, swapped(l->nad), pcb, l->rsp + l->rsp_at, n);
	l->ns ^= 1;
	if ((pcb & PCB_MORE) == 0)
		l->answering = 0;
}

void
jack_link_answer(struct jack_link *l, const uint8_t *p, size_t n)
{
	if (!l->working || n > sizeof(l->rsp))
		return;
	memcpy(l->rsp, p, n);
	l->rsp_n = n;
	l->rsp_at = 0;
	l->working = 0;
	l->answering = 1;
	send_rest(l);
}

int
jack_link_packet(struct jack_link *l, uint8_t *p)
{
	struct jack_frame *f = &l->queue[l->first];
	size_t n, most = PACKET;

	if (l->queued == 0)
		return -1;
	if (f->p[0] == FAULT_EMPTY) {
		f->p[0] = 0x00;
		return 0;
	}
	/* The whole of a frame has 0.5 s: the longest one in single bytes takes a busy machine more. */
	if (f->p[0] == FAULT_BYTES)
		most = f->at < FEW ? 1 : FEW;
	n = f->n - f->at < most ? f->n - f->at : most;
	memcpy(p, f->p + f->at, n);
	if (f->at == 0 && n > 0)
		p[0] = 0x00;
	f->at += n;
	if (f->at == f->n) {
		l->first = (l->first + 1) % JACK_QUEUE;
		l->queued--;
	}
	return (int)n;
}

int
jack_link_announce(struct jack_link *l, uint8_t *p)
{
	uint16_t n;

	if (l->announced_n == 0)
		return -1;
	n = l->announced[l->announced_first];
	l->announced_first = (l->announced_first + 1) % JACK_ANNOUNCED;
	l->announced_n--;
	p[0] = 0x01;
	p[1] = 0x00;
	p[2] = (uint8_t)n;
	p[3] = (uint8_t)(n >> 8);
	return 4;
}

/* In. ---------------------------------------------------------------------------------------- */

/* The conversation begins anew; what was said goes on its way. */
static void
count_anew(struct jack_link *l)
{
	l->expected = 0;
	l->ns = 0;
	l->command = 0;
	l->chained = 0;
	l->cmd_n = 0;
	l->aborted = l->aborted || l->working;
	l->working = 0;
	l->answering = 0;
	l->last_n = 0;
}

void
jack_link_reset(struct jack_link *l)
{
	count_anew(l);
	l->in_n = 0;
	l->queued = 0;
	l->announced_n = 0;
}

void
jack_link_init(struct jack_link *l, struct jack_faults *faults)
{
	memset(l, 0, sizeof(*l));
	l->faults = faults;
}

static void
hear_s(struct jack_link *l, const uint8_t *block, size_t n)
{
	const uint8_t nad = swapped(block[0]);
	uint8_t pcb = block[1];

	switch (pcb) {
	case S_RESYNC:
		l->faults->counts[COUNT_RESYNCS]++;
		/* What lies there for a host that has lost count would confuse it. */
		l->queued = 0;
		l->announced_n = 0;
		count_anew(l);
		put_block(l, nad, S_RESYNC | S_ANSWER, NULL, 0);
		l->last_n = 0;
		return;
	case S_IFS:
		if (n == 4)
			jack_link_reset(l);
		else
			put_block(l, nad, S_IFS | S_ANSWER, block + 3, n - 4);
		return;
	case S_ABORT:
		l->aborted = l->working;
		l->working = 0;
		l->command = 0;
		l->answering = 0;
		put_block(l, nad, S_ABORT | S_ANSWER, NULL, 0);
		return;
	default:
		/* The answers to WTX, keys and cards need nothing. */
		return;
	}
}

static void
hear_r(struct jack_link *l, uint8_t pcb)
{
	if ((pcb & 0x0f) != R_OK) {
		l->faults->counts[COUNT_REPEATS]++;
		send_last(l);
	} else if (l->answering) {
		l->rsp_at += l->rsp_sent;
		send_rest(l);
	} else
		send_last(l);
}

static void
hear_i(struct jack_link *l, const uint8_t *block, size_t n)
{
	const uint8_t sequence = (block[1] & PCB_NS) != 0;

	if (l->working || l->command)
		return;		/* it is being answered */
	if (sequence != l->expected) {
		send_last(l);
		return;
	}
	if (!l->chained) {
		l->cmd_n = 0;
		l->nad = block[0];
		l->answering = 0;
	}
	if (n - 4 > sizeof(l->cmd) - l->cmd_n) {
		put_block(l, swapped(block[0]), PCB_R | R_OTHER, NULL, 0);
		return;
	}
	l->expected ^= 1;
	memcpy(l->cmd + l->cmd_n, block + 3, n - 4);
	l->cmd_n += n - 4;
	l->chained = (block[1] & PCB_MORE) != 0;
	if (l->chained)
		put_block(l, swapped(block[0]), PCB_R | R_OK, NULL, 0);
	else {
		l->command = 1;
		l->last_n = 0;
	}
}

static void
hear_block(struct jack_link *l, const uint8_t *block, size_t n)
{
	const uint8_t nad = swapped(n > 0 ? block[0] : 0);
	int wrong = R_OK;

	if (jack_faults_use(&l->faults->deaf))
		return;
	if (n < 4 || (size_t)block[2] + 4 != n)
		wrong = R_OTHER;
	else if (lrc(block, n) != 0)
		wrong = R_LRC;
	if (wrong != R_OK)
		l->faults->counts[COUNT_BAD]++;
	else if (jack_faults_use(&l->faults->refuse))
		wrong = R_LRC;
	if (wrong != R_OK) {
		/* Not what was sent last: that is to be had after this. */
		const uint8_t r[] = { nad, (uint8_t)(PCB_R | wrong), 0,
		    (uint8_t)(nad ^ (PCB_R | wrong)) };

		(void)push(l, r, sizeof(r));
		return;
	}
	l->faults->counts[COUNT_BLOCKS]++;
	if ((block[1] & PCB_S) == PCB_S)
		hear_s(l, block, n);
	else if ((block[1] & PCB_R) != 0)
		hear_r(l, block[1]);
	else
		hear_i(l, block, n);
}

void
jack_link_hear(struct jack_link *l, const uint8_t *p, size_t n)
{
	size_t length;

	while (n > 0) {
		l->in[l->in_n++] = *p++;
		n--;
		if (l->in_n < JACK_HEAD)
			continue;
		length = (size_t)(l->in[1] | l->in[2] << 8);
		if (length > JACK_BLOCK_MAX) {
			l->faults->counts[COUNT_BAD]++;
			l->in_n = 0;
			return;
		}
		if (l->in_n == JACK_HEAD + length) {
			l->in_n = 0;
			hear_block(l, l->in + JACK_HEAD, length);
		}
	}
}

/* Commands. ---------------------------------------------------------------------------------- */

int
jack_link_take(struct jack_link *l)
{
	if (!l->command || l->aborted)
		return 0;
	l->command = 0;
	l->working = 1;
	l->faults->counts[COUNT_COMMANDS]++;
	return 1;
}

int
jack_link_aborted(struct jack_link *l)
{
	const int was = l->aborted;

	l->aborted = 0;
	return was;
}
