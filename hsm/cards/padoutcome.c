#include "hsm/cards/padoutcome.h"

#include "card-os/iso7816/apdu.h"

static const struct {
	uint16_t sw, mask;
	struct pad_outcome outcome;
} outcomes[] = {
	{ SW_OK, 0xffff, { "the PIN is right", "", PAD_RIGHT } },
	{ 0x63c0, 0xffff, { "the PIN is wrong, and it was the last try: the card is blocked",
	    "take another card; a blocked PIN stays blocked", PAD_FAILED } },
	{ 0x63c0, 0xfff0, { "the PIN is wrong", "the right one gives all tries back",
	    PAD_FAILED } },
	{ 0x6983, 0xffff, { "the PIN is blocked", "take another card; a blocked PIN stays blocked",
	    PAD_FAILED } },
	{ 0x6400, 0xffff, { "nobody pressed a key in time", "", PAD_TIMEOUT } },
	{ 0x6401, 0xffff, { "Cancel was pressed", "", PAD_CANCELLED } },
	{ 0x6402, 0xffff, { "the two new PINs differ", "", PAD_FAILED } },
	{ 0x6403, 0xffff, { "the PIN is too short or too long: the card did not get it",
	    "PINs of ours have 6 to 16 digits", PAD_FAILED } },
	{ 0x6404, 0xffff, { "the reader refuses the command of this PIN entry",
	    "its firmware guards PIN entry: use another reader or driver", PAD_FAILED } },
	{ 0x6480, 0xffff, { "the host ended the PIN entry", "does another program use the reader?",
	    PAD_FAILED } },
	{ 0x64a1, 0xffff, { "the card was pulled, or was never there", "put it in and try again",
	    PAD_FAILED } },
	{ 0x64a2, 0xffff, { "the card has no power", "take it out and put it in", PAD_FAILED } },
	{ 0x6982, 0xffff, { "the card refuses: security status not satisfied", "", PAD_FAILED } },
	{ 0x6984, 0xffff, { "the card refuses: the PIN cannot be used", "", PAD_FAILED } },
	{ 0x6985, 0xffff, { "refused: conditions of use not satisfied",
	    "does another program use the reader?", PAD_FAILED } },
	{ 0x6a88, 0xffff, { "the card has no such PIN", "take a card of ours", PAD_FAILED } },
	{ 0x6b80, 0xffff, { "the reader refuses the PIN structure of Part 10",
	    "it does not take PINs of any length: use another reader or driver", PAD_FAILED } },
	{ 0x6d00, 0xffff, { "the card knows no PINs", "take a card of ours", PAD_FAILED } },
	{ 0, 0, { "an answer that says nothing of PINs", "look at pcscd's log", PAD_FAILED } },
};

const struct pad_outcome *
padoutcome(uint16_t sw)
{
	size_t i = 0;

	while ((sw & outcomes[i].mask) != outcomes[i].sw)
		i++;
	return &outcomes[i].outcome;
}
