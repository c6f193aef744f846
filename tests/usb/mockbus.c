#include "tests/usb/mockbus.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <umockdev.h>

#include "tests/usb/mockbus_device.h"
#include "tests/usb/mockfs.h"

enum { FDS = MOCKBUS_FUNCTIONS * USB_FDS_MAX + 2, NAME = 64 };

/* A device, from being plugged to being forgotten. */
struct plug {
	struct bus *bus;
	struct mockfs fs;
	char node[NAME], device[NAME], interface[NAME];
};

struct bus {
	pthread_mutex_t lock;	/* umockdev calls from a thread of its own */
	UMockdevTestbed *testbed;
	UMockdevIoctlBase *handler;
	struct plug plugs[MOCKBUS_DEVICES];
	size_t plugs_n;
	struct plug *now[MOCKBUS_FUNCTIONS];	/* the plug of each function, or NULL */
	const struct usb_function *const *functions;
	size_t functions_n;
	int bell;
	FILE *log;
};

static uint64_t
now_us(void)
{
	return (uint64_t)g_get_monotonic_time();
}

static void
say(void *arg, const char *what)
{
	const struct plug *p = arg;

	fprintf(p->bus->log, "%s %s\n", what, p->node);
	fflush(p->bus->log);
}

static void
ring(struct bus *bus)
{
	const uint64_t one = 1;

	(void)!write(bus->bell, &one, sizeof(one));
}

static gboolean
on_ioctl(UMockdevIoctlBase *handler, UMockdevIoctlClient *client, gpointer arg)
{
	const char *node = umockdev_ioctl_client_get_devnode(client);
	struct bus *bus = arg;
	struct plug *p = NULL;

	(void)handler;
	pthread_mutex_lock(&bus->lock);
	for (size_t i = 0; i < bus->plugs_n; i++)
		if (strcmp(bus->plugs[i].node, node) == 0)
			p = &bus->plugs[i];
	if (p != NULL)
		mockfs_request(&p->fs, client);
	else
		umockdev_ioctl_client_complete(client, -1, ENODEV);
	pthread_mutex_unlock(&bus->lock);
	ring(bus);
	return TRUE;
}

/* Plugging. ---------------------------------------------------------------------------------- */

static void
plug(struct bus *bus, size_t i)
{
	struct plug *p = &bus->plugs[bus->plugs_n];
	const unsigned address = (unsigned)bus->plugs_n + 2;
	char *text;

	if (bus->plugs_n == MOCKBUS_DEVICES)
		return;
	bus->plugs_n++;
	bus->now[i] = p;
	p->bus = bus;
	p->fs = (struct mockfs){ .port.f = bus->functions[i], .bound = 1, .arg = p, .say = say };
	snprintf(p->node, sizeof(p->node), "/dev/bus/usb/001/%03u", address);
	snprintf(p->device, sizeof(p->device), "/sys/devices/usb1/1-%zu", i + 1);
	snprintf(p->interface, sizeof(p->interface), "/sys/devices/usb1/1-%zu/1-%zu:1.0", i + 1,
	    i + 1);
	usb_reset(&p->fs.port);
	say(p, "plugged");
	/* In this order, so that who hears of it can open it. */
	umockdev_testbed_attach_ioctl(bus->testbed, p->node, bus->handler, NULL);
	text = mockbus_device(bus->functions[i], i + 1, address);
	pthread_mutex_unlock(&bus->lock);
	if (!umockdev_testbed_add_from_string(bus->testbed, text, NULL))
		fprintf(stderr, "mockbus: umockdev takes no device\n");
	pthread_mutex_lock(&bus->lock);
	g_free(text);
}

static void
unplug(struct bus *bus, size_t i)
{
	struct plug *p = bus->now[i];

	bus->now[i] = NULL;
	p->fs.gone = 1;
	say(p, "unplugged");
	mockfs_move(&p->fs);
	mockfs_serve(&p->fs);
	pthread_mutex_unlock(&bus->lock);
	umockdev_testbed_uevent(bus->testbed, p->interface, "remove");
	umockdev_testbed_uevent(bus->testbed, p->device, "remove");
	umockdev_testbed_remove_device(bus->testbed, p->interface);
	umockdev_testbed_remove_device(bus->testbed, p->device);
	/* Not detached: who has just opened it is told so, where umockdev would end its process. */
	pthread_mutex_lock(&bus->lock);
}

/* The loop. ---------------------------------------------------------------------------------- */

static pid_t
start(char *const *command)
{
	sigset_t none;
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	unsetenv("LD_PRELOAD");
	execvp(command[0], command);
	perror(command[0]);
	_exit(127);
}

static void
tick(struct bus *bus)
{
	for (size_t i = 0; i < bus->functions_n; i++) {
		const struct usb_function *f = bus->functions[i];
		int plugged;

		f->tick(f->arg);
		plugged = f->plugged(f->arg);
		if (bus->now[i] != NULL && !plugged)
			unplug(bus, i);
		else if (bus->now[i] == NULL && plugged)
			plug(bus, i);
	}
	for (size_t i = 0; i < bus->plugs_n; i++) {
		mockfs_move(&bus->plugs[i].fs);
		mockfs_serve(&bus->plugs[i].fs);
	}
}

/* What to poll, and until when. */
static size_t
gather(struct bus *bus, struct pollfd *fds, int *timeout_ms)
{
	size_t n = 0;
	int each[USB_FDS_MAX];

	*timeout_ms = -1;
	for (size_t i = 0; i < bus->functions_n; i++) {
		const struct usb_function *f = bus->functions[i];
		const size_t k = f->fds(f->arg, each, USB_FDS_MAX, timeout_ms);

		for (size_t m = 0; m < k; m++)
			fds[n++] = (struct pollfd){ .fd = each[m], .events = POLLIN };
	}
	for (size_t i = 0; i < bus->plugs_n; i++) {
		const struct mockfs *p = &bus->plugs[i].fs;
		const uint64_t now = now_us();
		int left;

		if (p->waiting == NULL)
			continue;
		left = p->waits_until > now ? (int)((p->waits_until - now + 999) / 1000) : 0;
		if (*timeout_ms < 0 || left < *timeout_ms)
			*timeout_ms = left;
	}
	return n;
}

static int
serve(struct bus *bus, int signals, pid_t child)
{
	struct pollfd fds[FDS];
	struct signalfd_siginfo info;
	int status, timeout_ms;
	uint64_t rung;
	size_t n;

	for (;;) {
		pthread_mutex_lock(&bus->lock);
		tick(bus);
		n = gather(bus, fds, &timeout_ms);
		pthread_mutex_unlock(&bus->lock);
		fds[n++] = (struct pollfd){ .fd = bus->bell, .events = POLLIN };
		fds[n++] = (struct pollfd){ .fd = signals, .events = POLLIN };
		if (poll(fds, n, timeout_ms) <= 0)
			continue;
		if (fds[n - 2].revents != 0)
			(void)!read(bus->bell, &rung, sizeof(rung));
		if (fds[n - 1].revents == 0 ||
		    read(signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
			continue;
		if (info.ssi_signo != SIGCHLD)
			kill(child, (int)info.ssi_signo);
		if (waitpid(child, &status, WNOHANG) == child)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	}
}

int
mockbus_run(const struct usb_function *const *functions, size_t n, char *const *command,
    const char *log)
{
	static struct bus bus = { .lock = PTHREAD_MUTEX_INITIALIZER };
	sigset_t set;
	int signals, r = 125;
	pid_t child;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	bus.functions = functions;
	bus.functions_n = n;
	if ((bus.log = fopen(log, "we")) == NULL ||
	    (signals = signalfd(-1, &set, SFD_CLOEXEC)) < 0 ||
	    (bus.bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0) {
		perror(log);
		return r;
	}
	bus.testbed = umockdev_testbed_new();
	bus.handler = umockdev_ioctl_base_new();
	g_signal_connect(bus.handler, "handle-ioctl", G_CALLBACK(on_ioctl), &bus);
	umockdev_testbed_add_from_string(bus.testbed, mockbus_hub, NULL);
	if ((child = start(command)) > 0)
		r = serve(&bus, signals, child);
	/* With it goes its directory. */
	g_object_unref(bus.testbed);
	fclose(bus.log);
	return r;
}
