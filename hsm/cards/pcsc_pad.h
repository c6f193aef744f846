#ifndef CARDINAL_PCSC_PAD_H
#define CARDINAL_PCSC_PAD_H

#include "hsm/cards/padcode.h"
#include "hsm/cards/pcsc.h"

/* A reader's display, keys and PIN entry, over a connection to it. Errors are those of pcsc_err. */

enum { PCSC_ANSWER_MAX = 300 };

/* One control code: *n bytes of answer. A command that did not fit its cursor is not sent. */
int pcsc_control(struct pcsc *, uint32_t code, const struct wr *command,
    uint8_t answer[PCSC_ANSWER_MAX], size_t *n);

/* What the reader can do, nothing when it has no features; *display: display and keys. */
int pcsc_pad_features(struct pcsc *, struct pad_features *, int *display);

/* Shows a text that waits for nobody, "" clears. ERR_UNSUPPORTED without a display. */
int pcsc_pad_show(struct pcsc *, const struct pad_features *, const char *text);

/*
 * Whether something is behind a virtual reader that shows no text: 0, or ERR_READER_GONE when its
 * pad is not there, which the driver knows only when it has to ask it. Other readers vanish when
 * they are unplugged.
 */
int pcsc_pad_there(struct pcsc *, const struct pad_features *);

/* Shows a text and waits a second for OK or Cancel; CARDS_NO_KEY is no error. */
int pcsc_pad_key(struct pcsc *, const struct pad_features *, const char *text, int beep,
    enum cards_key *);

/* PIN entry, as cards.h has it. ERR_NO_PIN_PAD. */
int pcsc_pad_pin(struct pcsc *, const struct pad_features *, uint8_t ref, int modify,
    unsigned first_s, unsigned next_s, uint16_t *sw);

#endif
