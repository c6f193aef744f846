#ifndef CARDINAL_IMAGE_H
#define CARDINAL_IMAGE_H

#include <stddef.h>
#include <stdint.h>

/*
 * A card in one file, mode 0600. It is written beside itself (PATH.new),
 * synced, renamed and the directory synced, so that a pulled plug leaves the
 * old or the new. While a card is open its file is locked against other pads;
 * the lock goes with the process, whatever ends it. Symbolic links and what is
 * no regular file are refused with ERR_DENIED, a path too long with ERR_SIZE.
 */
enum { IMAGE_PATH_MAX = 4096 };

struct image {
	int fd;				/* locked file, -1 when closed */
	char path[IMAGE_PATH_MAX];
};

/* Opens and locks: 0, ERR_NOT_FOUND, ERR_BUSY (in another pad), ERR_DENIED, ERR_IO, ERR_SIZE. */
int image_open(struct image *, const char *path);
/* Reads the whole file into p: 0, ERR_SIZE when it does not fit, ERR_IO. */
int image_read(struct image *, uint8_t *p, size_t cap, size_t *n);
/*
 * Replaces the content; the lock stays held. 0, ERR_FULL, ERR_IO, and as image_open. After
 * an error of the last step, syncing the directory, the new content is there already.
 */
int image_save(struct image *, const uint8_t *p, size_t n);
/*
 * Makes a new file, which must not exist: 0, ERR_EXISTS, ERR_BUSY, ERR_DENIED, ERR_FULL, ERR_IO,
 * ERR_NOT_FOUND when the directory does not exist. Not left open.
 */
int image_create(const char *path, const uint8_t *p, size_t n);
/* Also of one that image_open refused, or that is closed. */
void image_close(struct image *);

#endif
