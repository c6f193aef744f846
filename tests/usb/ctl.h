#ifndef CARDINAL_TESTS_USB_CTL_H
#define CARDINAL_TESTS_USB_CTL_H

#include <stddef.h>

/*
 * A Unix socket where a script tells an emulated reader what to do wrong, a
 * line a connection, answered by one line: "ok", "ok WORDS", or "failed".
 */
enum { USB_CTL_LINE = 512 };

struct usb_ctl {
	int listener, client;	/* -1: none */
	size_t n;
	char line[USB_CTL_LINE];
	void *arg;
	/* 0 and words, or -1. May change the line. */
	int (*run)(void *arg, char *line, char *answer, size_t n);
};

/* 0 or -1 with errno. */
int usb_ctl_open(struct usb_ctl *, const char *path);
void usb_ctl_close(struct usb_ctl *);
/* Descriptors to be polled, at most two. */
size_t usb_ctl_fds(const struct usb_ctl *, int *fds);
void usb_ctl_tick(struct usb_ctl *);
/* The client: sends words to the socket and prints the answer; its exit status, 0 for ok. */
int usb_ctl_say(const char *path, char *const *words);

#endif
