#ifndef CARDINAL_PADCODE_H
#define CARDINAL_PADCODE_H

#include "card-os/iso7816/buf.h"
#include "hsm/cards/cards.h"

/*
 * What goes through SCardControl, and what comes back: the features of PC/SC
 * Part 10, its PIN structures, CT-BCS for texts and keys. docs/reader.md has the
 * bytes.
 */
enum { PADCODE_MAX = 300, PADCODE_TEXT_MAX = 64 };

/* Control codes of what a reader can do, 0: cannot. */
struct pad_features {
	uint32_t verify, modify, mct;
};

/* The answer to the feature request: 0, or ERR_FORMAT when it is no list of six bytes each. */
int padcode_features(const uint8_t *, size_t n, struct pad_features *);

/* PIN_VERIFY_STRUCTURE or PIN_MODIFY_STRUCTURE for that reference; seconds above 255 are 255. */
void padcode_pin(struct wr *, uint8_t ref, int modify, unsigned first_s, unsigned next_s);

/*
 * CT-BCS OUTPUT, or INPUT for a second that takes OK and Cancel. Lines of the text are parted by
 * \n; beep: a \a at its start goes along. ERR_SIZE in the cursor for a text over PADCODE_TEXT_MAX.
 */
void padcode_output(struct wr *, const char *text);
void padcode_input(struct wr *, const char *text, int beep);
/* The answer to an INPUT: 0, or ERR_UNSUPPORTED when the reader has no such thing, ERR_IO. */
int padcode_key(const uint8_t *, size_t n, enum cards_key *);

/* CT-BCS RESET CT, for a reader without display: nothing changes, but it reaches the reader. */
void padcode_reset(struct wr *);

/* CT-BCS GET STATUS for the units, and whether display and keypad are among them. */
void padcode_units(struct wr *);
int padcode_has_display(const uint8_t *, size_t n);

#endif
