#ifndef CARDINAL_USB_H
#define CARDINAL_USB_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include <libusb.h>

#include "ifdhandler/reader.h"

/*
 * A USB device with an interrupt and two bulk endpoints, in a few calls. Each
 * has a libusb context and a thread of its own, so that one that hangs holds up
 * no other; the thread keeps both IN endpoints read at all times. libusb
 * allocates what it needs, this nothing.
 */
enum {
	USB_PACKET = 64,
	USB_FIFO = 1024,
	USB_WRITE_MAX = 512,
	USB_WRITE_MS = 1000,
	USB_CLOSE_MS = 2000,
};

/* pcscd's name of a device, usb:VVVV/PPPP:libudev:INTERFACE:/dev/bus/usb/BBB/DDD. */
struct usb_name {
	uint16_t vendor, product;
	unsigned interface;
	uint8_t bus, address;
};

/* Which endpoints, by their addresses. */
struct usb_endpoints {
	uint8_t events_in, in, out;
};

struct usb {
	libusb_context *context;
	libusb_device_handle *handle;
	struct libusb_transfer *events_in, *in, *out;
	struct usb_endpoints endpoints;
	unsigned interface;
	uint16_t version;		/* bcdDevice */
	char serial[USB_SERIAL_MAX + 1];

	pthread_t thread;
	pthread_mutex_t lock;		/* guards all below */
	pthread_cond_t changed;
	int flying;			/* transfers that libusb has */
	int in_flies, events_fly, out_flies;
	int halted, out_halted;		/* in is not read until usb_drop; nor out written */
	int gone;			/* unplugged, or as good as */
	int told;			/* whoever watches knows that it is gone */
	int unwatched, closing;
	int taken;			/* somebody talks to the device */
	int takers;			/* wait for that to end */
	int poked;
	int ended;			/* the thread's order to end */
	int out_status;
	uint8_t fifo[USB_FIFO];
	size_t first, n;		/* bytes in fifo, from first on */
	uint8_t in_packet[USB_PACKET], events_packet[USB_PACKET];
	uint8_t out_bytes[USB_WRITE_MAX];
};

/* 0 or ERR_FORMAT. */
int usb_name_parse(const char *, struct usb_name *);

/*
 * Opens, takes the interface from a driver of the kernel's, starts to read. 0;
 * ERR_READER_GONE (no such device), ERR_DENIED, ERR_BUSY (another program has
 * it), ERR_NOMEM, ERR_IO.
 */
int usb_open(struct usb *, const struct usb_name *, const struct usb_endpoints *);
/*
 * Ends all that runs, resets the device, gives the interface back. 0, or ERR_BUSY when the kernel
 * does not give back a transfer: then *usb must stay for ever.
 */
int usb_close(struct usb *);

/* It was unplugged: whoever reads or writes now or later gets ERR_READER_GONE. */
void usb_removed(struct usb *);

/* To be talked to by one thread at a time; whoever watches lets others have it in between. */
void usb_take(struct usb *);
/* poke: whoever watches is to look. */
void usb_give(struct usb *, int poke);
/*
 * For one thread: waits until something has come that nobody reads, usb_give pokes, or ms are over,
 * -1 for ever. Takes the device: 0, ERR_TIMEOUT, ERR_READER_GONE (once); or does not take it:
 * ERR_CLOSED, after usb_end_watch.
 */
int usb_watch(struct usb *, int ms);
void usb_end_watch(struct usb *);

/* The calls of struct cj_wire. */
int usb_write(void *usb, const uint8_t *, size_t n);
int usb_read(void *usb, uint8_t *, size_t *n, int ms);
void usb_drop(void *usb);

#endif
