#include "tests/fuzz/invent.h"

#include "card-os/iso7816/apdu.h"
#include "card-os/os/card.h"
#include "tests/fuzz/made.h"
#include "tests/fuzz/world.h"
#include "tests/unit/dice.h"

enum { COMMAND = MADE_DATA + 16 };

static const struct made_table *const tables[] = { &made_files, &made_keys };

static const struct made_row *
row_at(size_t i)
{
	size_t t = 0;

	for (; i >= tables[t]->n; t++)
		i -= tables[t]->n;
	return &tables[t]->rows[i];
}

static const struct made_row *
a_row(void)
{
	unsigned all = 0, at;
	size_t i;

	for (i = 0; i < made_files.n + made_keys.n; i++)
		all += row_at(i)->weight;
	for (i = 0, at = one_of(all); at >= row_at(i)->weight; i++)
		at -= row_at(i)->weight;
	return row_at(i);
}

/* A command in parts, or with a byte or its end gone astray. */
static void
go_astray(uint8_t *p, size_t *n)
{
	switch (one_of(5)) {
	case 0:
		p[0] |= (uint8_t)(in(2) ? CLA_CHAIN : CLA_SM);
		break;
	case 1:
		p[0] = (uint8_t)dice_roll();
		break;
	case 2:
		*n = one_of((unsigned)*n);
		break;
	case 3:
		p[*n] = (uint8_t)dice_roll();
		++*n;
		break;
	default:
		p[one_of((unsigned)*n)] ^= (uint8_t)(1U << one_of(8));
	}
}

/* Every other time one for what is current, else one that has nothing against it, mostly. */
static const struct made_row *
a_fitting_row(void)
{
	const struct made_row *row = a_row();
	int wanted = in(2), current = world_current();

	for (unsigned i = in(20) ? 200 : 0; i < 200 && row->suits != current &&
	    (wanted || row->suits != 0); i++)
		row = a_row();
	return row;
}

static size_t
a_command(uint8_t out[COMMAND])
{
	const struct made_row *row = a_fitting_row();
	uint8_t mem[MADE_DATA];
	struct wr data, wr;
	struct made m = { .data = &data };
	struct apdu a = { 0 };

	wr_init(&data, mem, sizeof(mem));
	row->make(&m);
	a.cla = row->cla;
	a.ins = row->ins;
	a.p1 = m.p1;
	a.p2 = m.p2;
	a.data = data.n > 0 ? mem : NULL;
	a.nc = data.n;
	a.ne = m.ne;
	wr_init(&wr, out, COMMAND - 1);
	apdu_encode(&wr, &a);
	return wr.n;
}

void
invent_step(struct wr *out)
{
	static const uint8_t steps[] = {
		WORLD_OPEN_CHANNEL, WORLD_OPEN_CHANNEL, WORLD_OPEN_CHANNEL, WORLD_RIGHT_PIN,
		WORLD_RIGHT_PIN,
		WORLD_RIGHT_PIN, WORLD_RIGHT_PIN, WORLD_RIGHT_PIN, WORLD_RIGHT_PIN, WORLD_RIGHT_PIN,
		WORLD_CHANGE_PIN, WORLD_PROVE, WORLD_PROVE, WORLD_RESET, WORLD_PULL_PLUG,
		WORLD_DISK_FULL, WORLD_DISK_WELL,
		WORLD_DISK_WELL, WORLD_DISK_WELL, WORLD_DISK_DIES,
	};
	uint8_t command[COMMAND], step;
	size_t n;

	if (in(10)) {
		step = steps[one_of(MADE_COUNT(steps))];
		wr_u8(out, step);
		if (step == WORLD_DISK_FULL || step == WORLD_DISK_DIES)
			wr_u8(out, (uint8_t)one_of(3));
		if (step == WORLD_OPEN_CHANNEL)
			world_talk = one_of(40);
		return;
	}
	n = a_command(command);
	if (in(20))
		go_astray(command, &n);
	wr_u8(out, world_talk > 0 ? WORLD_CHANNEL : WORLD_PLAIN);
	world_talk -= world_talk > 0;
	wr_u16(out, (uint16_t)n);
	wr_bytes(out, command, n);
	if (command[1] == INS_SELECT && in(3))
		wr_u8(out, WORLD_RIGHT_PIN);
}
