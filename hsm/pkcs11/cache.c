#include "hsm/pkcs11/cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { SHARDS = 16, BUCKETS = 64 };

struct shard {
	pthread_mutex_t lock;
	struct cached *bucket[BUCKETS];
	struct cached *newest, *oldest;
	size_t bytes;
};

struct cache {
	_Atomic uint64_t drops;
	size_t bytes;			/* that a shard may have */
	struct shard shard[SHARDS];
};

/* Numbers are given in turn: their low bits spread them. */
static struct shard *
shard_of(struct cache *c, uint64_t uid)
{
	return &c->shard[uid % SHARDS];
}

static struct cached **
bucket_of(struct shard *s, uint64_t uid)
{
	return &s->bucket[uid / SHARDS % BUCKETS];
}

struct cache *
cache_new(size_t bytes)
{
	struct cache *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->bytes = bytes / SHARDS;
	for (size_t i = 0; i < SHARDS; i++)
		pthread_mutex_init(&c->shard[i].lock, NULL);
	return c;
}

/* Takes one out; the caller has the cache's reference then. */
static void
unlink_one(struct shard *s, struct cached *k)
{
	struct cached **p = bucket_of(s, k->uid);

	while (*p != k)
		p = &(*p)->next;
	*p = k->next;
	*(k->newer != NULL ? &k->newer->older : &s->newest) = k->older;
	*(k->older != NULL ? &k->older->newer : &s->oldest) = k->newer;
	k->next = k->newer = k->older = NULL;
	s->bytes -= k->size;
}

static void
link_one(struct shard *s, struct cached *k)
{
	struct cached **p = bucket_of(s, k->uid);

	k->next = *p;
	*p = k;
	k->newer = NULL;
	k->older = s->newest;
	*(s->newest != NULL ? &s->newest->newer : &s->oldest) = k;
	s->newest = k;
	s->bytes += k->size;
}

/* Takes out the oldest until there are no more than so many bytes: a list for release. */
static struct cached *
shrink(struct shard *s, size_t bytes)
{
	struct cached *gone = NULL, *k;

	while (s->bytes > bytes && (k = s->oldest) != NULL) {
		unlink_one(s, k);
		k->next = gone;
		gone = k;
	}
	return gone;
}

/* Without a lock: the last reference wipes and frees. */
static void
release(struct cached *gone)
{
	struct cached *next;

	for (; gone != NULL; gone = next) {
		next = gone->next;
		gone->next = NULL;
		cached_free(gone);
	}
}

void
cache_free(struct cache *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < SHARDS; i++) {
		release(shrink(&c->shard[i], 0));
		pthread_mutex_destroy(&c->shard[i].lock);
	}
	free(c);
}

struct cached *
cache_find(struct cache *c, uint64_t uid, uint64_t owner, unsigned slot, uint64_t closings)
{
	struct shard *const s = shard_of(c, uid);
	struct cached *k;

	pthread_mutex_lock(&s->lock);
	k = *bucket_of(s, uid);
	while (k != NULL && k->uid != uid)
		k = k->next;
	if (k != NULL && (k->owner != owner || k->slot != slot || k->closings != closings))
		k = NULL;
	if (k != NULL) {
		atomic_fetch_add(&k->refs, 1);
		if (s->newest != k) {
			unlink_one(s, k);
			link_one(s, k);
		}
	}
	pthread_mutex_unlock(&s->lock);
	return k;
}

uint64_t
cache_drops(struct cache *c)
{
	return atomic_load(&c->drops);
}

void
cache_put(struct cache *c, struct cached *k, uint64_t drops)
{
	struct shard *const s = shard_of(c, k->uid);
	struct cached *gone = NULL, *it;

	pthread_mutex_lock(&s->lock);
	it = *bucket_of(s, k->uid);
	while (it != NULL && it->uid != k->uid)
		it = it->next;
	/* Drops are counted before they look into the shard: one that comes now finds it. */
	if (atomic_load(&c->drops) == drops && k->size <= c->bytes) {
		if (it != NULL) {
			unlink_one(s, it);
			gone = it;
		}
		atomic_fetch_add(&k->refs, 1);
		link_one(s, k);
		if (gone == NULL)
			gone = shrink(s, c->bytes);
	}
	pthread_mutex_unlock(&s->lock);
	release(gone);
}

void
cache_drop(struct cache *c, uint64_t uid)
{
	struct shard *const s = shard_of(c, uid);
	struct cached *k;

	atomic_fetch_add(&c->drops, 1);
	pthread_mutex_lock(&s->lock);
	k = *bucket_of(s, uid);
	while (k != NULL && k->uid != uid)
		k = k->next;
	if (k != NULL)
		unlink_one(s, k);
	pthread_mutex_unlock(&s->lock);
	release(k);
}

void
cache_drop_slot(struct cache *c, unsigned slot)
{
	atomic_fetch_add(&c->drops, 1);
	for (size_t i = 0; i < SHARDS; i++) {
		struct shard *const s = &c->shard[i];
		struct cached *gone = NULL, *k, *older;

		pthread_mutex_lock(&s->lock);
		for (k = s->newest; k != NULL; k = older) {
			older = k->older;
			if (k->slot != slot)
				continue;
			unlink_one(s, k);
			k->next = gone;
			gone = k;
		}
		pthread_mutex_unlock(&s->lock);
		release(gone);
	}
}

void
cache_relieve(struct cache *c)
{
	for (size_t i = 0; i < SHARDS; i++) {
		struct shard *const s = &c->shard[i];
		struct cached *gone;

		pthread_mutex_lock(&s->lock);
		gone = shrink(s, s->bytes / 2);
		pthread_mutex_unlock(&s->lock);
		release(gone);
	}
}

size_t
cache_bytes(struct cache *c)
{
	size_t n = 0;

	for (size_t i = 0; i < SHARDS; i++) {
		pthread_mutex_lock(&c->shard[i].lock);
		n += c->shard[i].bytes;
		pthread_mutex_unlock(&c->shard[i].lock);
	}
	return n;
}
