#include "ifdhandler/usb.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "card-os/iso7816/err.h"
#include "ifdhandler/clock.h"

static const struct {
	int usb, r;
} errors[] = {
	{ LIBUSB_SUCCESS, 0 },
	{ LIBUSB_ERROR_NO_DEVICE, ERR_READER_GONE },
	{ LIBUSB_ERROR_NOT_FOUND, ERR_READER_GONE },
	{ LIBUSB_ERROR_ACCESS, ERR_DENIED },
	{ LIBUSB_ERROR_BUSY, ERR_BUSY },
	{ LIBUSB_ERROR_NO_MEM, ERR_NOMEM },
	{ LIBUSB_ERROR_TIMEOUT, ERR_TIMEOUT },
};

static int
error_of(int usb)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i].usb == usb)
			return errors[i].r;
	return ERR_IO;
}

int
usb_name_parse(const char *s, struct usb_name *name)
{
	unsigned vendor, product, interface, bus, address;
	int end = -1;

	if (sscanf(s, "usb:%4x/%4x:libudev:%3u:/dev/bus/usb/%3u/%3u%n", &vendor, &product,
	    &interface, &bus, &address, &end) != 5 || end < 0 || s[end] != '\0' ||
	    interface > 255 || bus > 255 || address > 127)
		return ERR_FORMAT;
	name->vendor = (uint16_t)vendor;
	name->product = (uint16_t)product;
	name->interface = interface;
	name->bus = (uint8_t)bus;
	name->address = (uint8_t)address;
	return 0;
}

/* Transfers. Their ends are told by the thread, which takes the lock for each. ---------------- */

static void
take_packet(struct usb *usb, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		usb->fifo[(usb->first + usb->n + i) % USB_FIFO] = p[i];
	usb->n += n;
}

/* The lock is held. It is read on while a whole packet has room. */
static void
read_on(struct usb *usb)
{
	if (usb->in_flies || usb->halted || usb->gone || usb->closing ||
	    USB_FIFO - usb->n < USB_PACKET)
		return;
	switch (libusb_submit_transfer(usb->in)) {
	case LIBUSB_SUCCESS:
		usb->in_flies = 1;
		usb->flying++;
		break;
	case LIBUSB_ERROR_NO_DEVICE:
		usb->gone = 1;
		break;
	default:
		usb->halted = 1;
	}
}

static void
read_events_on(struct usb *usb)
{
	if (usb->events_fly || usb->gone || usb->closing)
		return;
	switch (libusb_submit_transfer(usb->events_in)) {
	case LIBUSB_SUCCESS:
		usb->events_fly = 1;
		usb->flying++;
		break;
	case LIBUSB_ERROR_NO_DEVICE:
		usb->gone = 1;
		break;
	default:
		break;	/* nothing stands on it */
	}
}

static void
ended_in(struct libusb_transfer *t)
{
	struct usb *usb = t->user_data;

	pthread_mutex_lock(&usb->lock);
	usb->in_flies = 0;
	usb->flying--;
	if (t->status == LIBUSB_TRANSFER_COMPLETED)
		take_packet(usb, t->buffer, (size_t)t->actual_length);
	else if (t->status == LIBUSB_TRANSFER_NO_DEVICE)
		usb->gone = 1;
	else
		usb->halted = 1;
	explicit_bzero(t->buffer, USB_PACKET);
	read_on(usb);
	pthread_cond_broadcast(&usb->changed);
	pthread_mutex_unlock(&usb->lock);
}

/* That bytes are to be read: they are read anyway. */
static void
ended_event(struct libusb_transfer *t)
{
	struct usb *usb = t->user_data;

	pthread_mutex_lock(&usb->lock);
	usb->events_fly = 0;
	usb->flying--;
	if (t->status == LIBUSB_TRANSFER_NO_DEVICE)
		usb->gone = 1;
	else if (t->status == LIBUSB_TRANSFER_COMPLETED)
		read_events_on(usb);
	pthread_cond_broadcast(&usb->changed);
	pthread_mutex_unlock(&usb->lock);
}

static void
ended_out(struct libusb_transfer *t)
{
	struct usb *usb = t->user_data;

	pthread_mutex_lock(&usb->lock);
	usb->out_flies = 0;
	usb->flying--;
	usb->out_status = t->status == LIBUSB_TRANSFER_COMPLETED &&
	    t->actual_length == t->length ? 0 : ERR_IO;
	if (t->status == LIBUSB_TRANSFER_NO_DEVICE)
		usb->gone = 1;
	else if (t->status == LIBUSB_TRANSFER_STALL)
		usb->out_halted = 1;
	pthread_cond_broadcast(&usb->changed);
	pthread_mutex_unlock(&usb->lock);
}

static void *
usb_thread(void *arg)
{
	struct usb *usb = arg;
	struct timeval minute = { .tv_sec = 60 };

	/* ended is libusb's own way to be told; it reads it between two events. */
	while (!__atomic_load_n(&usb->ended, __ATOMIC_ACQUIRE))
		(void)libusb_handle_events_timeout_completed(usb->context, &minute, &usb->ended);
	return NULL;
}

/* Talking. ------------------------------------------------------------------------------------ */

void
usb_take(struct usb *usb)
{
	pthread_mutex_lock(&usb->lock);
	usb->takers++;
	/* Whoever watches and was poked comes first, or command after command kept it away. */
	while (usb->taken || (usb->poked && !usb->unwatched))
		pthread_cond_wait(&usb->changed, &usb->lock);
	usb->takers--;
	usb->taken = 1;
	pthread_mutex_unlock(&usb->lock);
}

void
usb_give(struct usb *usb, int poke)
{
	pthread_mutex_lock(&usb->lock);
	usb->taken = 0;
	if (poke)
		usb->poked = 1;
	pthread_cond_broadcast(&usb->changed);
	pthread_mutex_unlock(&usb->lock);
}

int
usb_watch(struct usb *usb, int ms)
{
	const struct timespec end = clock_after(ms < 0 ? 0 : ms);
	int late = 0, r;

	pthread_mutex_lock(&usb->lock);
	/* Who waits comes first: a reader that talks without end would keep commands away. */
	while (!usb->unwatched && (usb->taken || (usb->takers > 0 && !usb->poked) ||
	    !(usb->n > 0 || usb->poked || usb->gone != usb->told || late)))
		if (ms < 0 || late)
			pthread_cond_wait(&usb->changed, &usb->lock);
		else
			late = pthread_cond_timedwait(&usb->changed, &usb->lock, &end) == ETIMEDOUT;
	r = usb->unwatched ? ERR_CLOSED : usb->gone ? ERR_READER_GONE :
	    usb->n > 0 || usb->poked ? 0 : ERR_TIMEOUT;
	if (r != ERR_CLOSED)
		usb->taken = 1;
	usb->poked = 0;
	usb->told = usb->gone;
	pthread_mutex_unlock(&usb->lock);
	return r;
}

void
usb_end_watch(struct usb *usb)
{
	pthread_mutex_lock(&usb->lock);
	usb->unwatched = 1;
	pthread_cond_broadcast(&usb->changed);
	pthread_mutex_unlock(&usb->lock);
}

void
usb_removed(struct usb *usb)
{
	pthread_mutex_lock(&usb->lock);
	usb->gone = 1;
	pthread_cond_broadcast(&usb->changed);
	pthread_mutex_unlock(&usb->lock);
}

/* The lock is held. Whether all of the transfers that *flies counts came back in time. */
static int
await(struct usb *usb, const int *flies, int ms)
{
	const struct timespec end = clock_after(ms);

	while (*flies)
		if (pthread_cond_timedwait(&usb->changed, &usb->lock, &end) == ETIMEDOUT)
			break;
	return *flies == 0;
}

int
usb_write(void *arg, const uint8_t *p, size_t n)
{
	struct usb *usb = arg;
	int r = ERR_READER_GONE;

	if (n > USB_WRITE_MAX)
		return ERR_INTERNAL;
	pthread_mutex_lock(&usb->lock);
	if (usb->gone || usb->out_flies)	/* one that never ended: a kernel that hangs */
		goto out;
	memcpy(usb->out_bytes, p, n);
	usb->out->length = (int)n;
	if ((r = error_of(libusb_submit_transfer(usb->out))) != 0)
		goto out;
	usb->out_flies = 1;
	usb->flying++;
	if (!await(usb, &usb->out_flies, USB_WRITE_MS)) {
		(void)libusb_cancel_transfer(usb->out);
		(void)await(usb, &usb->out_flies, USB_WRITE_MS);
	}
	r = usb->out_flies ? ERR_READER_GONE : usb->out_status;
out:
	if (r == ERR_READER_GONE)
		usb->gone = 1;
	if (!usb->out_flies)
		explicit_bzero(usb->out_bytes, n);
	r = usb->gone ? ERR_READER_GONE : r == 0 ? 0 : ERR_IO;
	pthread_mutex_unlock(&usb->lock);
	return r;
}

int
usb_read(void *arg, uint8_t *p, size_t *n, int ms)
{
	const struct timespec end = clock_after(ms);
	struct usb *usb = arg;
	size_t got = 0;
	int r = 0;

	pthread_mutex_lock(&usb->lock);
	while (usb->n == 0 && !usb->gone && !usb->halted && r == 0)
		if (pthread_cond_timedwait(&usb->changed, &usb->lock, &end) == ETIMEDOUT)
			r = ERR_TIMEOUT;
	if (usb->gone)
		r = ERR_READER_GONE;
	else if (usb->n > 0)
		r = 0;
	else if (usb->halted)
		r = ERR_IO;
	for (; r == 0 && got < *n && usb->n > 0; got++, usb->n--) {
		p[got] = usb->fifo[usb->first];
		usb->fifo[usb->first] = 0;
		usb->first = (usb->first + 1) % USB_FIFO;
	}
	*n = got;
	read_on(usb);
	pthread_mutex_unlock(&usb->lock);
	return r;
}

void
usb_drop(void *arg)
{
	struct usb *usb = arg;
	int halted, out_halted;

	pthread_mutex_lock(&usb->lock);
	explicit_bzero(usb->fifo, sizeof(usb->fifo));
	usb->n = 0;
	halted = usb->halted && !usb->in_flies && !usb->gone;
	out_halted = usb->out_halted && !usb->gone;
	pthread_mutex_unlock(&usb->lock);
	/* Without the lock: these talk to the device. */
	if (halted)
		(void)libusb_clear_halt(usb->handle, usb->endpoints.in);
	if (out_halted)
		(void)libusb_clear_halt(usb->handle, usb->endpoints.out);
	pthread_mutex_lock(&usb->lock);
	if (halted)
		usb->halted = 0;
	if (out_halted)
		usb->out_halted = 0;
	read_on(usb);
	read_events_on(usb);
	pthread_mutex_unlock(&usb->lock);
}

/* Life. --------------------------------------------------------------------------------------- */

/* The device itself, opened. */
static int
find(struct usb *usb, const struct usb_name *name)
{
	struct libusb_device_descriptor d;
	libusb_device **list;
	ssize_t n;
	int r = ERR_READER_GONE;

	if ((n = libusb_get_device_list(usb->context, &list)) < 0)
		return error_of((int)n);
	for (ssize_t i = 0; i < n; i++) {
		if (libusb_get_bus_number(list[i]) != name->bus ||
		    libusb_get_device_address(list[i]) != name->address ||
		    libusb_get_device_descriptor(list[i], &d) != 0 ||
		    d.idVendor != name->vendor || d.idProduct != name->product)
			continue;
		r = error_of(libusb_open(list[i], &usb->handle));
		usb->version = d.bcdDevice;
		if (r == 0 && d.iSerialNumber != 0)
			(void)libusb_get_string_descriptor_ascii(usb->handle, d.iSerialNumber,
			    (unsigned char *)usb->serial, sizeof(usb->serial));
		break;
	}
	libusb_free_device_list(list, 1);
	return r;
}

static int
claim(struct usb *usb)
{
	int configuration = 0, r;

	/* Where there is no such thing as a driver of the kernel, it need not be detached. */
	(void)libusb_set_auto_detach_kernel_driver(usb->handle, 1);
	if (libusb_get_configuration(usb->handle, &configuration) == 0 && configuration != 1) {
		(void)libusb_detach_kernel_driver(usb->handle, (int)usb->interface);
		(void)libusb_set_configuration(usb->handle, 1);
	}
	if ((r = libusb_claim_interface(usb->handle, (int)usb->interface)) != 0)
		return error_of(r);
	/* Whoever had it before may have left it in the middle of something. */
	if (libusb_reset_device(usb->handle) == LIBUSB_ERROR_NOT_FOUND)
		return ERR_READER_GONE;		/* it is another one now, which pcscd hears of */
	(void)libusb_clear_halt(usb->handle, usb->endpoints.events_in);
	(void)libusb_clear_halt(usb->handle, usb->endpoints.out);
	(void)libusb_clear_halt(usb->handle, usb->endpoints.in);
	return 0;
}

static int
make_transfers(struct usb *usb)
{
	usb->events_in = libusb_alloc_transfer(0);
	usb->in = libusb_alloc_transfer(0);
	usb->out = libusb_alloc_transfer(0);
	if (usb->events_in == NULL || usb->in == NULL || usb->out == NULL)
		return ERR_NOMEM;
	libusb_fill_interrupt_transfer(usb->events_in, usb->handle, usb->endpoints.events_in,
	    usb->events_packet, USB_PACKET, ended_event, usb, 0);
	libusb_fill_bulk_transfer(usb->in, usb->handle, usb->endpoints.in, usb->in_packet,
	    USB_PACKET, ended_in, usb, 0);
	libusb_fill_bulk_transfer(usb->out, usb->handle, usb->endpoints.out, usb->out_bytes, 0,
	    ended_out, usb, 0);
	return 0;
}

static void
release(struct usb *usb)
{
	libusb_free_transfer(usb->events_in);
	libusb_free_transfer(usb->in);
	libusb_free_transfer(usb->out);
	if (usb->handle != NULL) {
		(void)libusb_release_interface(usb->handle, (int)usb->interface);
		libusb_close(usb->handle);
	}
	libusb_exit(usb->context);
	pthread_cond_destroy(&usb->changed);
	pthread_mutex_destroy(&usb->lock);
}

int
usb_open(struct usb *usb, const struct usb_name *name, const struct usb_endpoints *endpoints)
{
	sigset_t all, before;
	int r;

	memset(usb, 0, sizeof(*usb));
	usb->endpoints = *endpoints;
	usb->interface = name->interface;
	/* No signals in our thread nor in libusb's own: they are pcscd's, for its own threads. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if ((r = error_of(libusb_init(&usb->context))) != 0)
		goto out;
	pthread_mutex_init(&usb->lock, NULL);
	clock_cond_init(&usb->changed);
	if ((r = find(usb, name)) != 0 || (r = claim(usb)) != 0 ||
	    (r = make_transfers(usb)) != 0 ||
	    (r = pthread_create(&usb->thread, NULL, usb_thread, usb) == 0 ? 0 : ERR_NOMEM) != 0) {
		release(usb);
		goto out;
	}
	pthread_mutex_lock(&usb->lock);
	read_on(usb);
	read_events_on(usb);
	pthread_mutex_unlock(&usb->lock);
out:
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r;
}

int
usb_close(struct usb *usb)
{
	int back;

	pthread_mutex_lock(&usb->lock);
	usb->closing = 1;
	/* The thread starts none any more. */
	if (usb->in_flies)
		(void)libusb_cancel_transfer(usb->in);
	if (usb->events_fly)
		(void)libusb_cancel_transfer(usb->events_in);
	if (usb->out_flies)
		(void)libusb_cancel_transfer(usb->out);
	back = await(usb, &usb->flying, USB_CLOSE_MS);
	pthread_mutex_unlock(&usb->lock);
	if (!back)
		return ERR_BUSY;
	__atomic_store_n(&usb->ended, 1, __ATOMIC_RELEASE);
	if (!usb->gone)
		(void)libusb_reset_device(usb->handle);
	libusb_interrupt_event_handler(usb->context);
	pthread_join(usb->thread, NULL);
	release(usb);
	return 0;
}
