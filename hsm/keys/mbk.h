#ifndef CARDINAL_MBK_H
#define CARDINAL_MBK_H

#include <stdint.h>

/* The Master Backup Key and its key check value. */
enum { MBK_LEN = 32, KCV_LEN = 5 };

struct mbk {
	uint8_t key[MBK_LEN];
};

/* A new random key in memory of the caller's (secure heap): 0, or ERR_CRYPTO and zeros. */
int mbk_make(struct mbk *);
void mbk_wipe(struct mbk *);
/*
 * AES-256-CMAC of a zero block, its first 5 bytes (ANSI X9.24-1-2017 A.2): 0, or ERR_CRYPTO and
 * zeros, which are no check value.
 */
int mbk_kcv(const struct mbk *, uint8_t kcv[KCV_LEN]);

#endif
