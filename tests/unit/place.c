#include "tests/unit/place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "hsm/keys/secmem.h"
#include "tests/unit/suite.h"

const struct share_header place_head = {
	.mode = SHARE_TEST, .set = { 0xca, 0xfe, 1, 2, 3, 4, 5, 6 }, .label = "cardinal-0001",
	.key_name = "MBK", .k = 2, .n = 3, .date = 1760000000,
};

void
place_enter(struct place *p)
{
	memset(p, 0, sizeof(*p));
	OK(secmem_init_size(SECMEM_VAULT));
	suite_dir(p->dir);
	for (unsigned i = 0; i < MBK_LEN; i++)
		p->mbk.key[i] = (uint8_t)i;
	OK(share_split(&p->mbk, &place_head, p->shares, &p->set));
	OK(store_open(&p->store, p->dir));
}

char *
place_file(const struct place *p, const char *name, char path[2 * PATH_LEN])
{
	snprintf(path, 2 * PATH_LEN, "%s/%s", p->dir, name);
	return path;
}

void
place_leave(struct place *p)
{
	static const char *const names[] = {
		"cardinal.db", "cardinal.db-wal", "cardinal.db-shm", "device.key",
		"device.key.new", "lock",
	};
	char path[2 * PATH_LEN];

	store_close(p->store);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(place_file(p, names[i], path));
	CU_ASSERT_EQUAL(rmdir(p->dir), 0);
}

void
place_again(struct place *p)
{
	store_close(p->store);
	OK(store_open(&p->store, p->dir));
}

struct hsm_status
place_status(struct place *p)
{
	struct hsm_status st;

	OK(store_status(p->store, &st));
	return st;
}

void
place_lead_to(struct place *p, enum hsm_state state)
{
	if (state == HSM_FACTORY)
		return;
	OK(store_begin(p->store, "backup-create"));
	OK(store_set(p->store, &p->set));
	OK(store_written(p->store, 1, "80276001000000000011", p->set.check[0]));
	if (state == HSM_INCONSISTENT)
		OK(store_broken(p->store, "Cancel was pressed"));
	if (state == HSM_OPERATIONAL)
		OK(store_commit(p->store, &p->mbk, NULL));
}

void
place_sql(const struct place *p, const char *text)
{
	char path[2 * PATH_LEN];
	sqlite3 *db = NULL;

	OK(sqlite3_open(place_file(p, "cardinal.db", path), &db));
	OK(sqlite3_exec(db, text, NULL, NULL, NULL));
	sqlite3_close(db);
}

int
place_holds(const struct place *p, const char *name, const void *bytes, size_t n)
{
	static uint8_t mem[4 << 20];
	char path[2 * PATH_LEN];
	FILE *f = fopen(place_file(p, name, path), "r");
	size_t got;

	if (f == NULL)
		return 0;
	got = fread(mem, 1, sizeof(mem), f);
	fclose(f);
	return memmem(mem, got, bytes, n) != NULL;
}

size_t
place_events(struct place *p)
{
	static struct event v[64];
	size_t n;

	OK(store_events(p->store, 0, v, 64, &n));
	return n;
}
