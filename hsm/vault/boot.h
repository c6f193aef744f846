#ifndef CARDINAL_BOOT_H
#define CARDINAL_BOOT_H

#include <stdint.h>

/* Which start of the machine this is: random(4), boot_id. */
enum { BOOT_LEN = 16 };

/* Zeros where the system does not tell: then all starts of the machine are one. */
void boot_read(uint8_t boot[BOOT_LEN]);

#endif
