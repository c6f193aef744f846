#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "card-os/os/card.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

enum { HEAD = 14, SUM = 32 };

/* What is read is written again to the same bytes: one encoding a card. */
static void
check(const uint8_t *p, size_t n)
{
	static uint8_t again[CARD_IMAGE_MAX];
	static struct card_data data;
	struct wr wr;

	if (card_data_decode(p, n, &data) != 0)
		return;
	wr_init(&wr, again, sizeof(again));
	if (card_data_encode(&data, &wr) != 0 || wr.n != n || memcmp(again, p, n) != 0)
		abort();
}

/* As it is, and with the head, length and sum that make it authentic. */
int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static uint8_t image[CARD_IMAGE_MAX];
	struct wr wr;

	check(p, n);
	wr_init(&wr, image, sizeof(image) - SUM);
	wr_bytes(&wr, "CARDINAL", 8);
	wr_u16(&wr, 2);
	wr_u32(&wr, (uint32_t)(HEAD + n + SUM));
	wr_bytes(&wr, p, n);
	if (wr_end(&wr) != 0)
		return 0;
	EVP_Digest(image, wr.n, image + wr.n, NULL, EVP_sha256(), NULL);
	check(image, wr.n + SUM);
	return 0;
}
