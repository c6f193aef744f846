#ifndef CARDINAL_PAD_LINK_PARTS_H
#define CARDINAL_PAD_LINK_PARTS_H

#include "ifdhandler/pad_link.h"

/* What the link's thread (pad_link.c) and requests (pad_request.c) share. */

/*
 * Who reads, and owns `in` and the link: one at a time, between these two. The lock is held.
 */
void pad_link_begin(struct pad_link *);
void pad_link_end(struct pad_link *);

/* What has come, without waiting. 0, also when nothing has, or the error that ends the link. */
int pad_link_read(struct pad_link *, int fd);
/* Sends all of it: the pad reads at all times, so it is soon gone. 0, ERR_READER_GONE. */
int pad_link_send(int fd, const uint8_t *, size_t n);
/* epoll_ctl of what the thread wakes for. */
int pad_link_watch(struct pad_link *, int op, int fd, uint32_t events);
/* There is no pad any more, for everybody. The lock is held. */
void pad_link_lose(struct pad_link *);

#endif
