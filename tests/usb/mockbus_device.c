#include "tests/usb/mockbus_device.h"

#include <glib.h>

enum { DEVICE_N = 18, INTERFACE_AT = 9 };

const char mockbus_hub[] =
    "P: /devices/usb1\n"
    "N: bus/usb/001/001\n"
    "E: SUBSYSTEM=usb\n"
    "E: DEVTYPE=usb_device\n"
    "E: DRIVER=usb\n"
    "E: DEVNAME=/dev/bus/usb/001/001\n"
    "E: BUSNUM=001\n"
    "E: DEVNUM=001\n"
    "A: bConfigurationValue=1\\n\n"
    "A: busnum=1\\n\n"
    "A: devnum=1\\n\n"
    "A: idVendor=1d6b\\n\n"
    "A: idProduct=0002\\n\n"
    "A: speed=480\\n\n"
    "H: descriptors=12010002090000406b1d0200000603020101"
    "0902190001010040000904000001090000000705810304000c\n";

static unsigned
at(const uint8_t *p, size_t i)
{
	return (unsigned)(p[i] | p[i + 1] << 8);
}

static void
put_strings(GString *s, const struct usb_function *f)
{
	static const struct {
		size_t at;
		const char *name;
	} strings[] = { { 14, "manufacturer" }, { 15, "product" }, { 16, "serial" } };

	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		if (f->device[strings[i].at] > 0)
			g_string_append_printf(s, "A: %s=%s\\n\n", strings[i].name,
			    f->strings[f->device[strings[i].at] - 1]);
}

char *
mockbus_device(const struct usb_function *f, size_t port, unsigned address)
{
	const uint8_t *d = f->device, *i = f->config + INTERFACE_AT;
	GString *s = g_string_new(NULL);

	g_string_append_printf(s, "P: /devices/usb1/1-%zu\nN: bus/usb/001/%03u\n"
	    "E: SUBSYSTEM=usb\nE: DEVTYPE=usb_device\nE: DRIVER=usb\n"
	    "E: DEVNAME=/dev/bus/usb/001/%03u\nE: BUSNUM=001\nE: DEVNUM=%03u\n"
	    "E: PRODUCT=%x/%x/%x\n"
	    "A: bConfigurationValue=1\\n\nA: busnum=1\\n\nA: devnum=%u\\n\nA: speed=12\\n\n"
	    "A: idVendor=%04x\\n\nA: idProduct=%04x\\n\n",
	    port, address, address, address, at(d, 8), at(d, 10), at(d, 12), address, at(d, 8),
	    at(d, 10));
	put_strings(s, f);
	g_string_append(s, "H: descriptors=");
	for (size_t k = 0; k < DEVICE_N; k++)
		g_string_append_printf(s, "%02X", d[k]);
	for (size_t k = 0; k < f->config_n; k++)
		g_string_append_printf(s, "%02X", f->config[k]);
	g_string_append_printf(s, "\n\nP: /devices/usb1/1-%zu/1-%zu:1.0\n"
	    "E: SUBSYSTEM=usb\nE: DEVTYPE=usb_interface\nE: PRODUCT=%x/%x/%x\n"
	    "E: INTERFACE=%u/%u/%u\n"
	    "A: bInterfaceNumber=%02x\\n\nA: bInterfaceClass=%02x\\n\n"
	    "A: bInterfaceSubClass=%02x\\n\nA: bInterfaceProtocol=%02x\\n\n",
	    port, port, at(d, 8), at(d, 10), at(d, 12), i[5], i[6], i[7], i[2], i[5], i[6], i[7]);
	return g_string_free(s, FALSE);
}
