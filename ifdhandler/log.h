#ifndef CARDINAL_IFD_LOG_H
#define CARDINAL_IFD_LOG_H

/*
 * The driver's own log: lines to stderr, which pcscd keeps or shows, when
 * CARDINAL_IFD_LOG is set in pcscd's environment. Never data: names of calls,
 * paths, errors. pcscd's own log function is not there for a driver to link.
 */
void ifd_log(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
