#ifndef CARDINAL_REPORT_H
#define CARDINAL_REPORT_H

#include <jansson.h>

#include "hsm/admin/desk.h"
#include "hsm/admin/issuer.h"

/* What the admin socket tells, as JSON. Each is the caller's, NULL when memory is short. */
json_t *report_status(const struct desk_status *);
/* {"events": [...], "running": number of the ceremony, or null} */
json_t *report_events(const struct event *, size_t n, uint32_t running);
/* One slot, and all of them as a list. */
json_t *report_slot(unsigned number, const struct slot_info *);
json_t *report_slots(const struct slot_info v[SLOTS]);
json_t *report_issuer(const struct issuer_text *);
/* {"error": name, "message": text} */
json_t *report_error(int err, const char *message);

#endif
