#ifndef CARDINAL_LOG_H
#define CARDINAL_LOG_H

/*
 * A line on standard error: the program's name, the level, the text. Bytes that
 * are no printable ASCII are escaped, so that no reader's or client's name can
 * forge a line. log_debug says something only when CARDINAL_DEBUG is set.
 * Secrets and APDU data never go here.
 */
enum { LOG_LINE_MAX = 512 };

void log_err(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
