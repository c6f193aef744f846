#ifndef CARDINAL_TESTS_CJ_PLUG_H
#define CARDINAL_TESTS_CJ_PLUG_H

#include "ifdhandler/reader.h"
#include "tests/unit/cj_usb.h"

/* The driver's reader, of the cyberJack that cj_usb.h emulates. One at a time. */
#define CJ_NAME "usb:0c4b/0100:libudev:0:/dev/bus/usb/003/007"

extern struct reader *reader;

void plug_in(const struct cj_answer *, size_t n);
#define PLUG_IN(answers) plug_in((answers), sizeof(answers) / sizeof((answers)[0]))
void plug_out(void);

/* ERR_INTERNAL for another ATR than the usual. */
int power(enum reader_power);
/* GET CHALLENGE; what it answers is nothing to the test. */
int transmit(void);
/* PADLINK_HAS_*: what it offers. */
uint8_t features(void);

#endif
