#ifndef CARDINAL_DEVICE_INNER_H
#define CARDINAL_DEVICE_INNER_H

#include "simulator/device.h"

/* What the parts of the device share: device.c, device_request.c, device_pin.c. */

void device_say(const struct device *, const char *line);
/* A message for the driver. */
void device_put(struct device *, uint8_t type, uint32_t number, const uint8_t *body, size_t n);
void device_answer(struct device *, uint8_t type, uint32_t number, uint8_t status,
    const uint8_t *, size_t n);
/* The request that waited for a person is answered, and over. */
void device_finish(struct device *, uint8_t status, const uint8_t *, size_t n);
/* One command to the card; the response's length in d->rsp, 0 when it does not answer. */
size_t device_command(struct device *, const char *before, const uint8_t *, size_t n);
/* Answers what has ended at the pad. */
void device_settle(struct device *);

/* Runs one request: PADLINK_OK when it is answered or waits, or the status that it is to have. */
uint8_t device_request(struct device *, const struct padlink_msg *, uint64_t now_ms);

/* Requests of a PIN entry, at once or in steps, for the table of device_request.c. */
uint8_t device_pin(struct device *, const struct padlink_msg *, uint64_t now_ms);
uint8_t device_pin_start(struct device *, const struct padlink_msg *, uint64_t now_ms);
uint8_t device_pin_key(struct device *, const struct padlink_msg *, uint64_t now_ms);
uint8_t device_pin_finish(struct device *, const struct padlink_msg *, uint64_t now_ms);
uint8_t device_pin_abort(struct device *, const struct padlink_msg *, uint64_t now_ms);
/* The pad has all digits: they go to the card. Or it has none, and the entry a status word. */
void device_pin_complete(struct device *);
void device_pin_ended(struct device *);
/* Power is switched; the card is gone; the driver does not wait for FINISH any more. */
void device_pin_power(struct device *);
void device_pin_pulled(struct device *);
void device_pin_cancelled(struct device *);

#endif
