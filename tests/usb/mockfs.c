#include "tests/usb/mockfs.h"

#include <errno.h>
#include <linux/usbdevice_fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include <umockdev.h>

/*
 * umockdev says EAGAIN for a file that is always ready, so libusb asks again and again. It is let
 * wait, shortly while there is something going on, since one request holds up the next.
 */
enum { BUSY_US = 1000, IDLE_US = 10000, BUSY_FOR_US = 100000 };

static uint64_t
now_us(void)
{
	return (uint64_t)g_get_monotonic_time();
}

static void
say(const struct mockfs *p, const char *what)
{
	p->say(p->arg, what);
}

/* Transfers. --------------------------------------------------------------------------------- */

static struct usbdevfs_urb *
of(const struct mockfs_urb *u)
{
	return (struct usbdevfs_urb *)(void *)u->data->data;
}

/* A kernel that hangs. */
static int
keeps(const struct mockfs *p)
{
	return p->port.f->keeps != NULL && p->port.f->keeps(p->port.f->arg);
}

static void
forget_urb(struct mockfs_urb *u)
{
	g_object_unref(u->data);
	g_object_unref(u->client);
	memset(u, 0, sizeof(*u));
}

static void
complete_urb(struct mockfs_urb *u, int status, size_t n)
{
	of(u)->status = status;
	of(u)->actual_length = (int)n;
	u->complete = 1;
}

/* One transfer goes on: 0, or USB_NAK. */
static int
move(struct mockfs *p, struct mockfs_urb *u)
{
	struct usbdevfs_urb *b = of(u);
	uint8_t *bytes = b->buffer;
	const size_t n = (size_t)b->buffer_length;
	size_t moved = 0;
	int r;

	if (b->type == USBDEVFS_URB_TYPE_CONTROL) {
		r = n >= 8 ? usb_control(&p->port, bytes, bytes + 8, n - 8) : USB_STALL;
		if (r >= 0) {
			moved = (bytes[0] & 0x80) != 0 ? (size_t)r : n - 8;
			r = 0;
		}
	} else if ((b->endpoint & 0x80) != 0) {
		r = usb_in(&p->port, b->endpoint, bytes, n, &u->done);
		moved = u->done;
	} else {
		r = usb_out(&p->port, b->endpoint, bytes, n);
		moved = n;
	}
	if (r == USB_NAK)
		return r;
	complete_urb(u, r == USB_STALL ? -EPIPE : r == USB_BABBLE ? -EOVERFLOW : 0,
	    r == 0 ? moved : u->done);
	p->busy_until = now_us() + BUSY_FOR_US;
	return 0;
}

static struct mockfs_urb *
oldest(struct mockfs *p, int complete, uint64_t after, const UMockdevIoctlClient *client)
{
	struct mockfs_urb *best = NULL;

	for (struct mockfs_urb *u = p->urbs; u < p->urbs + MOCKFS_URBS; u++)
		if (u->client != NULL && u->complete == complete && u->order > after &&
		    (client == NULL || u->client == client) &&
		    (best == NULL || u->order < best->order))
			best = u;
	return best;
}

void
mockfs_move(struct mockfs *p)
{
	uint8_t stuck[MOCKFS_URBS];
	size_t stuck_n = 0;
	uint64_t after = 0;
	struct mockfs_urb *u;

	for (u = p->urbs; u < p->urbs + MOCKFS_URBS; u++)
		if (u->client != NULL && !umockdev_ioctl_client_get_connected(u->client))
			forget_urb(u);
	while (!keeps(p) && (u = oldest(p, 0, after, NULL)) != NULL) {
		const uint8_t endpoint = of(u)->endpoint;

		after = u->order;
		if (p->gone)
			complete_urb(u, -ESHUTDOWN, u->done);
		else if (memchr(stuck, endpoint, stuck_n) == NULL && move(p, u) == USB_NAK)
			stuck[stuck_n++] = endpoint;
	}
}

static void
no_more_waiting(struct mockfs *p, int error)
{
	UMockdevIoctlClient *client = p->waiting;

	p->waiting = NULL;
	p->waits_until = 0;
	umockdev_ioctl_client_complete(client, -1, error);
	g_object_unref(client);
}

/* Hands a transfer back to the client: true if there was one. */
static int
reap(struct mockfs *p, UMockdevIoctlClient *client)
{
	struct mockfs_urb *u = oldest(p, 1, 0, client);
	UMockdevIoctlData *arg;

	if (u == NULL)
		return 0;
	arg = umockdev_ioctl_data_resolve(umockdev_ioctl_client_get_arg(client), 0,
	    sizeof(gpointer), NULL);
	if (arg == NULL)
		return 0;
	umockdev_ioctl_data_set_ptr(arg, 0, u->data);
	g_object_unref(arg);
	umockdev_ioctl_client_complete(client, 0, 0);
	forget_urb(u);
	return 1;
}

void
mockfs_serve(struct mockfs *p)
{
	UMockdevIoctlClient *client = p->waiting;

	if (client == NULL)
		return;
	if (reap(p, client)) {
		p->waiting = NULL;
		p->waits_until = 0;
		g_object_unref(client);
	} else if (now_us() >= p->waits_until)
		no_more_waiting(p, p->gone && !keeps(p) ? ENODEV : EAGAIN);
}

/* usbfs. ------------------------------------------------------------------------------------- */

enum { LATER = 1 };	/* what a call returns that completes the request itself, or has */

static int
submit(struct mockfs *p, UMockdevIoctlClient *client)
{
	UMockdevIoctlData *data, *bytes;
	struct mockfs_urb *u = p->urbs;

	while (u < p->urbs + MOCKFS_URBS && u->client != NULL)
		u++;
	if (u == p->urbs + MOCKFS_URBS)
		return -ENOMEM;
	data = umockdev_ioctl_data_resolve(umockdev_ioctl_client_get_arg(client), 0,
	    sizeof(struct usbdevfs_urb), NULL);
	if (data == NULL)
		return -EFAULT;
	u->data = data;
	if (of(u)->buffer_length < 0 || of(u)->buffer_length > 8 + USB_TRANSFER_MAX * 4) {
		g_object_unref(data);
		u->data = NULL;
		return -EINVAL;
	}
	bytes = umockdev_ioctl_data_resolve(data, G_STRUCT_OFFSET(struct usbdevfs_urb, buffer),
	    (gsize)of(u)->buffer_length, NULL);
	if (bytes != NULL)
		g_object_unref(bytes);	/* data keeps it */
	u->client = g_object_ref(client);
	u->address = data->client_addr;
	u->order = ++p->orders;
	u->done = 0;
	u->complete = 0;
	umockdev_ioctl_client_complete(client, 0, 0);
	mockfs_move(p);
	return LATER;
}

static int
discard(struct mockfs *p, UMockdevIoctlClient *client)
{
	const gulong address = *(gulong *)(void *)umockdev_ioctl_client_get_arg(client)->data;

	for (struct mockfs_urb *u = p->urbs; u < p->urbs + MOCKFS_URBS; u++)
		if (u->client == client && u->address == address && !u->complete) {
			if (!keeps(p))
				complete_urb(u, -ENOENT, u->done);
			return 0;
		}
	return -EINVAL;
}

static int
reap_or_wait(struct mockfs *p, UMockdevIoctlClient *client)
{
	const uint64_t now = now_us();

	mockfs_move(p);
	if (reap(p, client))
		return LATER;
	if (p->waiting != NULL)
		no_more_waiting(p, EAGAIN);
	p->waiting = g_object_ref(client);
	p->waits_until = now + (now < p->busy_until ? BUSY_US : IDLE_US);
	return LATER;
}

static void
attach(struct mockfs *p, int bound)
{
	if (p->bound != bound)
		say(p, bound ? "attached" : "detached");
	p->bound = bound;
}

static int
claim(struct mockfs *p)
{
	if (p->bound)
		return -EBUSY;
	if (!p->claimed)
		say(p, "claimed");
	p->claimed = 1;
	return 0;
}

static int
release(struct mockfs *p)
{
	if (!p->claimed)
		return -EINVAL;
	p->claimed = 0;
	say(p, "released");
	return 0;
}

/* A pointer to a structure of n bytes, which is the caller's to unref. */
static UMockdevIoctlData *
argument(UMockdevIoctlClient *client, size_t n)
{
	return umockdev_ioctl_data_resolve(umockdev_ioctl_client_get_arg(client), 0, n, NULL);
}

static int
get_driver(struct mockfs *p, UMockdevIoctlClient *client)
{
	UMockdevIoctlData *d;

	if (!p->bound && !p->claimed)
		return -ENODATA;
	if ((d = argument(client, sizeof(struct usbdevfs_getdriver))) == NULL)
		return -EFAULT;
	snprintf(((struct usbdevfs_getdriver *)(void *)d->data)->driver,
	    USBDEVFS_MAXDRIVERNAME + 1, "%s", p->bound ? "cyberjack" : "usbfs");
	g_object_unref(d);
	return 0;
}

static int
driver_ioctl(struct mockfs *p, UMockdevIoctlClient *client)
{
	UMockdevIoctlData *d = argument(client, sizeof(struct usbdevfs_ioctl));
	unsigned code;

	if (d == NULL)
		return -EFAULT;
	code = (unsigned)((struct usbdevfs_ioctl *)(void *)d->data)->ioctl_code;
	g_object_unref(d);
	if (code == (unsigned)USBDEVFS_DISCONNECT) {
		if (!p->bound)
			return -ENODATA;
		attach(p, 0);
	} else if (code == (unsigned)USBDEVFS_CONNECT) {
		if (p->claimed)
			return -EBUSY;
		attach(p, 1);
	} else
		return -ENOTTY;
	return 0;
}

static int
clear_halt(struct mockfs *p, UMockdevIoctlClient *client)
{
	UMockdevIoctlData *d = argument(client, sizeof(unsigned));

	if (d == NULL)
		return -EFAULT;
	usb_clear_halt(&p->port, d->data[0]);
	g_object_unref(d);
	return 0;
}

static int
capabilities(UMockdevIoctlClient *client)
{
	const guint32 caps = USBDEVFS_CAP_ZERO_PACKET | USBDEVFS_CAP_NO_PACKET_SIZE_LIM |
	    USBDEVFS_CAP_REAP_AFTER_DISCONNECT;
	UMockdevIoctlData *d = argument(client, sizeof(caps));

	if (d == NULL)
		return -EFAULT;
	memcpy(d->data, &caps, sizeof(caps));
	g_object_unref(d);
	return 0;
}

/* 0 or -errno, or LATER. */
static int
run(struct mockfs *p, UMockdevIoctlClient *client)
{
	const gulong request = umockdev_ioctl_client_get_request(client);

	if (request == USBDEVFS_REAPURB || request == USBDEVFS_REAPURBNDELAY)
		return reap_or_wait(p, client);
	if (p->gone)
		return -ENODEV;
	switch (request) {
	case USBDEVFS_GET_CAPABILITIES: return capabilities(client);
	case USBDEVFS_SUBMITURB: return submit(p, client);
	case USBDEVFS_DISCARDURB: return discard(p, client);
	case USBDEVFS_GETDRIVER: return get_driver(p, client);
	case USBDEVFS_IOCTL: return driver_ioctl(p, client);
	case USBDEVFS_CLAIMINTERFACE: return claim(p);
	case USBDEVFS_RELEASEINTERFACE: return release(p);
	case USBDEVFS_CLEAR_HALT: return clear_halt(p, client);
	case USBDEVFS_DISCONNECT_CLAIM:
		attach(p, 0);
		return claim(p);
	case USBDEVFS_SETCONFIGURATION:
		if (p->bound || p->claimed)
			return -EBUSY;
		usb_reset(&p->port);
		return 0;
	case USBDEVFS_RESET:
		say(p, "reset");
		usb_reset(&p->port);
		return 0;
	case USBDEVFS_SETINTERFACE:
	case USBDEVFS_RESETEP:
		return 0;
	default:
		return -ENOTTY;
	}
}

void
mockfs_request(struct mockfs *p, UMockdevIoctlClient *client)
{
	const int r = run(p, client);

	if (r != LATER)
		umockdev_ioctl_client_complete(client, r == 0 ? 0 : -1, -r);
	mockfs_move(p);
	mockfs_serve(p);
}
