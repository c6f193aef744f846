#ifndef CARDINAL_MODULE_REQUEST_H
#define CARDINAL_MODULE_REQUEST_H

#include "hsm/pkcs11/module.h"

/*
 * Calls whose answer is an object, which gets a handle: WIRE_CREATE, COPY, IMPORT, SET, GENERATE,
 * DERIVE, UNWRAP. The template is the link's first set; the caller has put the rest.
 */
CK_RV request_object(struct module *, struct session *, struct link *, uint8_t id,
    CK_OBJECT_HANDLE *);

#endif
