#include "hsm/cards/requests_parts.h"

#include <string.h>
#include <openssl/crypto.h>

int
card_share_header(struct known_card *card, struct share_header *head)
{
	uint8_t p[SHARE_HEADER_LEN];
	int r;

	memset(head, 0, sizeof(*head));
	if ((r = card_select(card, SELECT_EF, FID_SHARE_HEADER)) != 0 ||
	    (r = card_read(card, 0, p, sizeof(p))) != 0)
		return r;
	return share_header_decode(p, sizeof(p), head);
}

int
card_share_write(struct known_card *card, const struct share *share)
{
	uint8_t p[SHARE_RECORD_LEN];
	int r;

	if ((r = share_encode(share, p)) == 0 && (r = card_select(card, SELECT_EF, FID_SHARE)) == 0)
		r = card_command(card, INS_UPDATE_BINARY, 0, 0, p, sizeof(p));
	OPENSSL_cleanse(p, sizeof(p));
	return r;
}

int
card_share_read(struct known_card *card, struct share *share)
{
	uint8_t p[SHARE_RECORD_LEN];
	int r;

	memset(share, 0, sizeof(*share));
	if ((r = card_select(card, SELECT_EF, FID_SHARE)) == 0 &&
	    (r = card_read(card, 0, p, sizeof(p))) == 0)
		r = share_decode(p, sizeof(p), share);
	OPENSSL_cleanse(p, sizeof(p));
	return r;
}
