#ifndef CARDINAL_TESTS_USB_MOCKFS_H
#define CARDINAL_TESTS_USB_MOCKFS_H

#include "tests/usb/usb.h"

/* umockdev's, which not everybody has who looks at headers. */
struct _UMockdevIoctlClient;
struct _UMockdevIoctlData;

/* A device as usbfs shows it to programs: what ioctl asks of its file in /dev/bus/usb. */
enum { MOCKFS_URBS = 64 };

struct mockfs_urb {
	struct _UMockdevIoctlClient *client;	/* NULL: free */
	struct _UMockdevIoctlData *data;	/* struct usbdevfs_urb in it */
	unsigned long address;			/* where it is in the client */
	uint64_t order;
	size_t done;			/* bytes of an IN transfer */
	int complete;
};

struct mockfs {
	struct usb_port port;
	int gone;			/* unplugged */
	int bound, claimed;		/* by a driver of the kernel's, by a program */
	struct mockfs_urb urbs[MOCKFS_URBS];
	uint64_t orders;
	struct _UMockdevIoctlClient *waiting;	/* it wants to reap */
	uint64_t waits_until, busy_until;	/* microseconds of g_get_monotonic_time */
	void *arg;
	void (*say)(void *arg, const char *what);	/* an event, for the log */
};

/* A request of the client, which is completed now or later. */
void mockfs_request(struct mockfs *, struct _UMockdevIoctlClient *);
/* All transfers go on as far as they can, in their order on each endpoint. */
void mockfs_move(struct mockfs *);
/* Who waits for a transfer to end is answered when there is one, and at waits_until. */
void mockfs_serve(struct mockfs *);

#endif
