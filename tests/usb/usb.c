#include "tests/usb/usb.h"

#include <string.h>

enum {
	DIRECTION_IN = 0x80, TYPE = 0x60,
	GET_STATUS = 0, CLEAR_FEATURE = 1, SET_FEATURE = 3, GET_DESCRIPTOR = 6,
	GET_CONFIGURATION = 8, SET_CONFIGURATION = 9, GET_INTERFACE = 10, SET_INTERFACE = 11,
	TO_DEVICE = 0, TO_INTERFACE = 1, TO_ENDPOINT = 2,
	DEVICE = 1, CONFIG = 2, STRING = 3,
	DEVICE_N = 18,
	ENDPOINT_HALT = 0,
	ENGLISH = 0x0409,
};

static uint32_t
bit(uint8_t endpoint)
{
	return 1u << ((endpoint & 0x0f) + ((endpoint & DIRECTION_IN) != 0 ? 16 : 0));
}

static int
put(uint8_t *data, size_t n, const uint8_t *p, size_t p_n)
{
	if (p_n > n)
		p_n = n;
	memcpy(data, p, p_n);
	return (int)p_n;
}

/* USB 2.0 9.6.7: index 0 is the languages, the others are UTF-16. */
static int
get_string(const struct usb_function *f, uint8_t index, uint8_t *data, size_t n)
{
	uint8_t d[255] = { 4, STRING, ENGLISH & 0xff, ENGLISH >> 8 };
	const char *s;

	if (index > 0) {
		for (uint8_t i = 0; i < index; i++)
			if (f->strings == NULL || f->strings[i] == NULL)
				return USB_STALL;
		s = f->strings[index - 1];
		for (d[0] = 2; *s != '\0' && d[0] <= sizeof(d) - 2; d[0] = (uint8_t)(d[0] + 2)) {
			d[d[0]] = (uint8_t)*s++;
			d[d[0] + 1] = 0;
		}
	}
	return put(data, n, d, d[0]);
}

static int
get_descriptor(const struct usb_function *f, uint8_t type, uint8_t index, uint8_t *data, size_t n)
{
	switch (type) {
	case DEVICE:
		return put(data, n, f->device, DEVICE_N);
	case CONFIG:
		return index == 0 ? put(data, n, f->config, f->config_n) : USB_STALL;
	case STRING:
		return get_string(f, index, data, n);
	default:
		return USB_STALL;
	}
}

void
usb_clear_halt(struct usb_port *port, uint8_t endpoint)
{
	port->halted &= ~bit(endpoint);
}

void
usb_reset(struct usb_port *port)
{
	port->halted = 0;
	port->f->reset(port->f->arg);
}

int
usb_control(struct usb_port *port, const uint8_t setup[8], uint8_t *data, size_t n)
{
	const uint8_t endpoint = setup[4], value = setup[2];
	const int recipient = setup[0] & 0x1f;
	uint8_t status[2] = { 0, 0 };

	if ((setup[0] & TYPE) != 0 ||
	    (setup[1] == GET_DESCRIPTOR && recipient != TO_DEVICE))
		return port->f->control != NULL ?
		    port->f->control(port->f->arg, setup, data, n) : USB_STALL;
	switch (setup[1]) {
	case GET_STATUS:
		if (recipient == TO_ENDPOINT && (port->halted & bit(endpoint)) != 0)
			status[0] = 1;
		return put(data, n, status, sizeof(status));
	case CLEAR_FEATURE:
		if (recipient == TO_ENDPOINT && value == ENDPOINT_HALT)
			usb_clear_halt(port, endpoint);
		return 0;
	case SET_FEATURE:
		if (recipient == TO_ENDPOINT && value == ENDPOINT_HALT)
			port->halted |= bit(endpoint);
		return 0;
	case GET_DESCRIPTOR:
		return get_descriptor(port->f, setup[3], value, data, n);
	case GET_CONFIGURATION:
		return put(data, n, &port->configuration, 1);
	case SET_CONFIGURATION:
		port->configuration = value;
		usb_reset(port);
		return 0;
	case GET_INTERFACE:
		return put(data, n, status, 1);
	case SET_INTERFACE:
		return value == 0 ? 0 : USB_STALL;
	default:
		return USB_STALL;
	}
}

int
usb_out(struct usb_port *port, uint8_t endpoint, const uint8_t *p, size_t n)
{
	int r;

	if ((port->halted & bit(endpoint)) != 0)
		return USB_STALL;
	if ((r = port->f->out(port->f->arg, endpoint, p, n)) == USB_STALL)
		port->halted |= bit(endpoint);
	return r;
}

int
usb_in(struct usb_port *port, uint8_t endpoint, uint8_t *p, size_t n, size_t *done)
{
	uint8_t packet[USB_PACKET];
	int r;

	if ((port->halted & bit(endpoint)) != 0)
		return USB_STALL;
	do {
		if ((r = port->f->in(port->f->arg, endpoint, packet)) == USB_STALL)
			port->halted |= bit(endpoint);
		if (r < 0)
			return r;
		if ((size_t)r > n - *done)
			return USB_BABBLE;
		memcpy(p + *done, packet, (size_t)r);
		*done += (size_t)r;
	} while (r == USB_PACKET && *done < n);
	return 0;
}
