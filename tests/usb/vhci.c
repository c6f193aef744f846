#include "tests/usb/vhci.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "card-os/iso7816/buf.h"
#include "card-os/iso7816/err.h"

/* usbip_protocol.rst: every message has a head of 48 bytes. */
enum {
	CMD_SUBMIT = 1, CMD_UNLINK = 2, RET_SUBMIT = 3, RET_UNLINK = 4,
	HEAD = 48,
	SPEED_FULL = 2,		/* enum usb_device_speed */
	DEVICE_ID = 0x10001,	/* bus 1, device 1 of the machine that shares it */
	DIRECTION_IN = 0x80,
};

#define ATTACH "/sys/devices/platform/vhci_hcd.0/attach"

static int
receive(int fd, void *p, size_t n)
{
	ssize_t r;

	if (n == 0)
		return 0;
	r = recv(fd, p, n, MSG_WAITALL);
	return r == (ssize_t)n ? 0 : r >= 0 || errno == ECONNRESET ? ERR_CLOSED : ERR_IO;
}

static int
transmit(int fd, const uint8_t *p, size_t n)
{
	ssize_t r;

	for (; n > 0; p += r, n -= (size_t)r)
		if ((r = send(fd, p, n, MSG_NOSIGNAL)) < 0)
			return errno == EPIPE || errno == ECONNRESET ? ERR_CLOSED : ERR_IO;
	return 0;
}

static void
unplug(struct vhci *vhci)
{
	if (vhci->fd >= 0)
		close(vhci->fd);
	vhci->fd = -1;
	vhci->waiting = 0;
}

/* 0, ERR_BUSY as long as the port has not forgotten what was there before. */
static int
plug(struct vhci *vhci)
{
	char line[64];
	int attach, pair[2], r = 0;

	if ((attach = open(ATTACH, O_WRONLY | O_CLOEXEC)) < 0)
		return ERR_IO;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
		close(attach);
		return ERR_IO;
	}
	snprintf(line, sizeof(line), "%u %d %u %u", vhci->port, pair[1], DEVICE_ID, SPEED_FULL);
	if (write(attach, line, strlen(line)) < 0)
		r = errno == EBUSY || errno == EINVAL ? ERR_BUSY : ERR_IO;
	/* The kernel holds its end by itself now. */
	close(pair[1]);
	close(attach);
	if (r != 0) {
		close(pair[0]);
		return r;
	}
	vhci->usb = (struct usb_port){ .f = vhci->usb.f };
	vhci->fd = pair[0];
	return 0;
}

static int
ret(struct vhci *vhci, uint32_t command, uint32_t number, int status, const uint8_t *p, size_t n,
    size_t length)
{
	struct wr wr;

	wr_init(&wr, vhci->message, sizeof(vhci->message));
	wr_u32(&wr, command);
	wr_u32(&wr, number);
	wr_zero(&wr, 12);	/* device, direction, endpoint: unused in answers */
	wr_u32(&wr, (uint32_t)status);
	wr_u32(&wr, (uint32_t)length);
	wr_zero(&wr, HEAD - wr.n);
	wr_bytes(&wr, p, n);
	return wr_end(&wr) != 0 ? ERR_INTERNAL : transmit(vhci->fd, vhci->message, wr.n);
}

/* USB_NAK, or the transfer has ended and was answered: 0 or an error. */
static int
serve(struct vhci *vhci, struct vhci_urb *urb)
{
	const int in = (urb->endpoint & DIRECTION_IN) != 0;
	int r, status = 0;

	if ((urb->endpoint & 0x0f) == 0) {
		r = usb_control(&vhci->usb, urb->setup, urb->data, urb->n);
		if (r >= 0)
			urb->done = in ? (size_t)r : urb->n;
	} else if (in) {
		r = usb_in(&vhci->usb, urb->endpoint, urb->data, urb->n, &urb->done);
	} else {
		r = usb_out(&vhci->usb, urb->endpoint, urb->data, urb->n);
		if (r == 0)
			urb->done = urb->n;
	}
	if (r == USB_NAK)
		return r;
	if (r < 0)
		status = r == USB_BABBLE ? -EOVERFLOW : -EPIPE;
	return ret(vhci, RET_SUBMIT, urb->number, status, urb->data, in ? urb->done : 0,
	    urb->done);
}

static void
forget(struct vhci *vhci, size_t i)
{
	const uint8_t gone = vhci->order[i];

	vhci->waiting--;
	memmove(&vhci->order[i], &vhci->order[i + 1], vhci->waiting - i);
	vhci->order[vhci->waiting] = gone;
}

/*
 * Of each endpoint the oldest first; one that waits holds up those behind it. What was served may
 * have given another what it waits for: all are asked anew.
 */
static int
serve_all(struct vhci *vhci)
{
	uint32_t waits = 0, bit;
	int r = 0;

	for (size_t i = 0; r == 0 && i < vhci->waiting;) {
		struct vhci_urb *urb = &vhci->urbs[vhci->order[i]];

		bit = 1u << ((urb->endpoint & 0x0f) + (urb->endpoint >> 3 & 16));
		r = (waits & bit) != 0 ? USB_NAK : serve(vhci, urb);
		if (r == USB_NAK) {
			waits |= bit;
			i++;
			r = 0;
		} else {
			forget(vhci, i);
			waits = 0;
			i = 0;
		}
	}
	return r;
}

static int
unlink_urb(struct vhci *vhci, uint32_t number, uint32_t which)
{
	int status = 0;		/* it was answered already */

	for (size_t i = 0; i < vhci->waiting; i++)
		if (vhci->urbs[vhci->order[i]].number == which) {
			forget(vhci, i);
			status = -ECONNRESET;
			break;
		}
	return ret(vhci, RET_UNLINK, number, status, NULL, 0, 0);
}

static int
get_message(struct vhci *vhci)
{
	uint8_t head[HEAD];
	uint32_t command, number, in, endpoint, n;
	struct vhci_urb *urb;
	struct rd rd;
	int r;

	if ((r = receive(vhci->fd, head, HEAD)) != 0)
		return r;
	rd_init(&rd, head, HEAD);
	command = rd_u32(&rd);
	number = rd_u32(&rd);
	(void)rd_u32(&rd);	/* device */
	in = rd_u32(&rd);
	endpoint = rd_u32(&rd);
	n = rd_u32(&rd);	/* CMD_UNLINK: what is to be unlinked; CMD_SUBMIT: flags */
	if (command == CMD_UNLINK)
		return unlink_urb(vhci, number, n);
	if (command != CMD_SUBMIT)
		return ERR_FORMAT;
	n = rd_u32(&rd);
	(void)rd_view(&rd, 12);	/* for isochronous transfers, and the interval */
	if (n > VHCI_TRANSFER_MAX || endpoint > 15 || vhci->waiting == VHCI_URBS)
		return ERR_SIZE;
	urb = &vhci->urbs[vhci->order[vhci->waiting]];
	urb->number = number;
	urb->n = n;
	urb->done = 0;
	urb->endpoint = (uint8_t)(endpoint | (in != 0 ? DIRECTION_IN : 0));
	rd_bytes(&rd, urb->setup, sizeof(urb->setup));
	if (in == 0 && (r = receive(vhci->fd, urb->data, n)) != 0)
		return r;
	vhci->waiting++;
	return 0;
}

static int
follow_plug(struct vhci *vhci)
{
	const struct usb_function *f = vhci->usb.f;
	const int plugged = f->plugged(f->arg);
	int r = 0;

	if (!plugged)
		unplug(vhci);
	else if (!vhci->was_plugged && (r = plug(vhci)) != 0)
		return r;
	vhci->was_plugged = plugged;
	return 0;
}

static int
turn(struct vhci *vhci, int timeout)
{
	const struct usb_function *f = vhci->usb.f;
	struct pollfd polled[1 + USB_FDS_MAX];
	int fds[USB_FDS_MAX], r;
	size_t n;

	n = f->fds(f->arg, fds, USB_FDS_MAX, &timeout);
	polled[0] = (struct pollfd){ .fd = vhci->fd, .events = POLLIN };
	for (size_t i = 0; i < n; i++)
		polled[1 + i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
	if (poll(polled, 1 + n, timeout) < 0)
		return errno == EINTR ? 0 : ERR_IO;
	r = polled[0].revents != 0 ? get_message(vhci) : 0;
	f->tick(f->arg);
	return r != 0 || vhci->fd < 0 ? r : serve_all(vhci);
}

int
vhci_run(struct vhci *vhci, const struct usb_function *f, unsigned port)
{
	int r;

	memset(vhci, 0, sizeof(*vhci));
	vhci->usb.f = f;
	vhci->port = port;
	vhci->fd = -1;
	for (uint8_t i = 0; i < VHCI_URBS; i++)
		vhci->order[i] = i;
	for (;;) {
		r = follow_plug(vhci);
		if (r == 0 || r == ERR_BUSY)
			r = turn(vhci, r == 0 ? -1 : VHCI_RETRY_MS);
		/* The host has let go of it; it comes back when it is plugged anew. */
		if (r == ERR_CLOSED) {
			unplug(vhci);
			r = 0;
		}
		if (r != 0) {
			unplug(vhci);
			return r;
		}
	}
}
