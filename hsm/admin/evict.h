#ifndef CARDINAL_EVICT_H
#define CARDINAL_EVICT_H

/*
 * Takes away what somebody who is not trusted (hsm/keys/owner.h) laid at path: 0, also when nothing
 * was there; ERR_DENIED when it is still there, which the log tells, with his name.
 */
int evict(const char *path);

#endif
