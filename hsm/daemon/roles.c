#include "hsm/daemon/roles.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"
#include "hsm/admin/config.h"
#include "hsm/admin/issuer.h"
#include "hsm/admin/log.h"
#include "hsm/admin/request.h"
#include "hsm/admin/server.h"
#include "hsm/admin/wiped.h"
#include "hsm/daemon/harden.h"
#include "hsm/daemon/vault.h"
#include "hsm/daemon/vaultclient.h"
#include "hsm/daemon/ward.h"
#include "hsm/keys/secmem.h"
#include "hsm/vault/people.h"
#include "hsm/vault/slots.h"

enum {
	STOP_S = 12,		/* the parent's patience is longer */
	PATH_ROOM = 4096,
};

/*
 * The signals that end the daemon are the parent's: a terminal and a service
 * manager send them to all three, but vault has to outlive ward's last words.
 */
static void
leave_signals(void)
{
	sigset_t set;

	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	/* ward waits for it when it serves; until then the end of vault ends it. */
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

/* As much as there may be, down to least: containers have low limits. */
static int
secrets_stay(size_t most, size_t least)
{
	for (size_t size = most; size >= least; size /= 2) {
		if (secmem_init_size(size) != 0)
			continue;
		if (size < most)
			log_info("only %zu KiB can be locked for secrets (ulimit -l), which fewer "
			    "clients fill than %zu KiB", size / 1024, most / 1024);
		return 0;
	}
	log_err("cannot lock memory for secrets: raise the limit of locked memory (ulimit -l) "
	    "to at least %zu KiB", least / 1024);
	return ERR_NOMEM;
}

/* Whether to go on with what came of the filter of system calls. */
static int
filtered(const struct role_options *o, int r)
{
	if (r == ERR_UNSUPPORTED && o->no_seccomp) {
		log_info("this kernel has no filter of system calls; going on without, as "
		    "--no-seccomp says");
		return 0;
	}
	if (r == ERR_UNSUPPORTED)
		log_err("this kernel has no filter of system calls (seccomp): --no-seccomp starts "
		    "without");
	else if (r != 0)
		log_err("the kernel refuses the filter of system calls (seccomp)");
	return r;
}

/* The configured label, while there is no key yet that carries another one on its cards. */
static int
label(struct store *store, const char *wanted)
{
	struct hsm_status now;
	int r;

	if (*wanted == '\0' || (r = store_status(store, &now)) != 0 ||
	    strcmp(now.label, wanted) == 0)
		return *wanted == '\0' ? 0 : r;
	if (now.state == HSM_FACTORY)
		return store_label(store, wanted);
	log_info("the label stays %s, as the cards have it, until a factory reset", now.label);
	return 0;
}

static void
say_store(const char *dir, int r)
{
	switch (r) {
	case ERR_BUSY:
		log_err("another cardinald has the state directory %s", dir);
		break;
	case ERR_VERSION:
		log_err("the state in %s is of another version of cardinald", dir);
		break;
	case ERR_DENIED:
		log_err("others may get at what is in %s: it should have mode 0700, device.key "
		    "and cardinal.db 0600", dir);
		break;
	default:
		log_err("cannot open the state in %s: %s", dir, err_str(r));
	}
}

static void
say_listen(const char *path, const char *group, const char *what, int r)
{
	switch (r) {
	case ERR_BUSY:
		log_err("another cardinald serves at %s", path);
		break;
	case ERR_NOT_FOUND:
		log_err("there is no group %s, which the configuration names for %s", group, what);
		break;
	case ERR_SIZE:
		log_err("the path of the socket is too long: %s", path);
		break;
	case ERR_DENIED:	/* said, with who it was */
		break;
	default:
		log_err("cannot listen at %s: %s", path, strerror(errno));
	}
}

/*
 * A socket of a role, made before privilege is dropped, since its group may be another than ours.
 * In a sticky directory who is to take it away has to own it. The name is not followed. Its group
 * is the user's where none is configured.
 */
static int
listen_at(const char *path, const char *group, const char *what, int *fd, int *lock)
{
	const char *why;
	uid_t uid;
	gid_t gid;
	int r;

	if ((r = server_listen(path, group, fd, lock)) != 0) {
		say_listen(path, group, what, r);
		return r;
	}
	if (harden_user(&uid, &gid, &why) &&
	    lchown(path, uid, *group != '\0' ? (gid_t)-1 : gid) != 0) {
		log_err("cannot hand over the socket %s: %s", path, strerror(errno));
		return ERR_IO;
	}
	return 0;
}

/* Its name goes first, so that nobody meets a socket where nobody listens. */
static void
listen_no_more(const char *path, int *fd, int *lock)
{
	if (*lock >= 0) {
		unlink(path);
		close(*lock);
	}
	if (*fd >= 0)
		close(*fd);
	*fd = *lock = -1;
}

/* Calls that take time, side by side with the others. */
static void *
serve_slots(void *arg)
{
	(void)vault_serve(arg, ROLE_SLOTS_FD);
	return NULL;
}

/* Where ward waits for the next opening. */
static void *
serve_people(void *arg)
{
	(void)vault_serve(arg, ROLE_PEOPLE_FD);
	return NULL;
}

/* All links, until ward hangs up; then the keys go, and nobody waits for people any more. */
static int
serve_ward(struct vault *vault)
{
	pthread_t slots, people;
	int r;

	if (pthread_create(&slots, NULL, serve_slots, vault) != 0)
		return ERR_NOMEM;
	if (pthread_create(&people, NULL, serve_people, vault) != 0) {
		shutdown(ROLE_SLOTS_FD, SHUT_RDWR);
		pthread_join(slots, NULL);
		return ERR_NOMEM;
	}
	if ((r = vault_serve(vault, ROLE_LINK_FD)) != 0)
		log_err("the link to ward failed: %s", err_str(r));
	people_stop(vault->store);
	/* Answers that wait after wrong codes come at once then. */
	store_lock(vault->store);
	slots_close(vault->store);
	store_unlock(vault->store);
	shutdown(ROLE_SLOTS_FD, SHUT_RDWR);
	shutdown(ROLE_PEOPLE_FD, SHUT_RDWR);
	pthread_join(slots, NULL);
	pthread_join(people, NULL);
	vault_forget(vault);
	return r;
}

/* Slot 0, where cards alone open it: its people have that long, and nothing else opens before. */
static void
ask_at_boot(struct store *store, unsigned seconds)
{
	struct slot_info slot;
	uint64_t number;
	int r;

	if ((r = slot_info(store, 0, &slot)) != 0 || !slot.present || !slot.stored ||
	    slot.mode != SLOT_CARDS)
		return;
	if ((r = people_boot(store, seconds, &number)) == 0)
		log_info("slot 0 waits for its cards: %u seconds from now on", seconds);
	else if (r == ERR_NOT_NOW && slot.held)
		log_err("slot 0 waits for `cardinal slot activate 0`: an opening has failed since "
		    "the machine was started");
	else
		log_err("the people of slot 0 cannot be asked: %s", err_str(r));
}

/* Opens what opens by itself, and hears applications and ward, until ward hangs up. */
static int
vault_work(struct store *store, const struct config *config, int *fd)
{
	const struct p11_policy policy = {
		.import_private = config->import_private_keys,
		.rsa_pkcs1_decrypt = config->rsa_pkcs1_decryption,
		.rsa_raw = config->rsa_raw,
	};
	struct vault vault = {
		.store = store, .modes = PTHREAD_RWLOCK_INITIALIZER, .boot_s = config->boot_s,
		.restart_fd = ROLE_RESTART_FD,
	};
	int r;

	if ((r = p11_server_new(&vault.p11, store, &policy)) != 0) {
		log_err("cannot serve PKCS#11: %s", err_str(r));
		return r;
	}
	store_lock(store);
	r = slots_start(store);
	store_unlock(store);
	if (r != 0) {
		log_err("cannot open the slots: %s", err_str(r));
		goto out;
	}
	ask_at_boot(store, config->boot_s);
	r = p11_listen(vault.p11, *fd);
	*fd = -1;
	if (r != 0) {
		log_err("cannot serve PKCS#11: %s", err_str(r));
		goto out;
	}
	r = serve_ward(&vault);
	p11_stop(vault.p11);
out:
	p11_server_free(vault.p11);
	return r;
}

int
role_vault(const struct role_options *o)
{
	struct store *store = NULL;
	struct hsm_status now;
	struct config *config = malloc(sizeof(*config));
	char path[PATH_ROOM], why[CONFIG_WHY_MAX];
	int fd = -1, lock = -1, r = ERR_NOMEM;

	leave_signals();
	snprintf(path, sizeof(path), "%s/pkcs11.sock", o->run);
	if (config == NULL || fcntl(ROLE_LINK_FD, F_SETFD, FD_CLOEXEC) != 0 ||
	    fcntl(ROLE_SLOTS_FD, F_SETFD, FD_CLOEXEC) != 0 ||
	    fcntl(ROLE_PEOPLE_FD, F_SETFD, FD_CLOEXEC) != 0 ||
	    fcntl(ROLE_RESTART_FD, F_SETFD, FD_CLOEXEC) != 0 ||
	    (r = secrets_stay(SECMEM_VAULT, SECMEM_VAULT_LEAST)) != 0)
		goto out;
	if ((r = config_load(config, o->config, why)) != 0)
		goto out;	/* the parent has said why */
	if ((r = listen_at(path, config->pkcs11_group, "PKCS#11", &fd, &lock)) != 0 ||
	    (r = harden()) != 0)
		goto out;
	harden_descriptors();
	if (!harden_memory())
		log_debug("pages of vault may be swapped out, but for its secrets: the limit of "
		    "locked memory is not off");
	if ((r = store_open(&store, o->state)) != 0) {
		say_store(o->state, r);
		goto out;
	}
	if (store_status(store, &now) == 0 && now.key_lost)
		log_err("the backup key does not open: the device key in %s is missing or another "
		    "one, or the database was changed", o->state);
	if ((r = label(store, config->label)) != 0) {
		log_err("cannot set the label: %s", err_str(r));
		goto out;
	}
	if ((r = filtered(o, seccomp_vault())) != 0)
		goto out;
	r = vault_work(store, config, &fd);
out:
	listen_no_more(path, &fd, &lock);
	store_close(store);
	free(config);
	return r == 0 ? 0 : 1;
}

/* Until SIGTERM, by the parent or because it died. */
static void
wait_end(const sigset_t *set)
{
	int s;

	while (sigwait(set, &s) == 0 && s != SIGTERM)
		continue;
}

static int
serve(struct ward *ward, int *fd, const char *path, int *hangs)
{
	struct server *server = NULL;
	struct hsm_status now;
	sigset_t set;
	int r;

	/* Before anybody asks; one that cannot be written down now is at the next request. */
	if ((r = ward_settle(ward, &now)) != 0)
		return r;
	if (now.state == HSM_INSTALLING)
		log_err("it cannot be written down that an installation broke off: %s",
		    now.message);
	else if (now.state == HSM_INCONSISTENT)
		log_info("the HSM is inconsistent: %s", now.message);
	r = server_start(&server, *fd, ward_desk(ward));
	*fd = -1;
	if (r != 0) {
		log_err("cannot serve at %s: %s", path, err_str(r));
		return r;
	}
	if ((r = ward_people_start(ward)) != 0) {
		log_err("cannot open slots by cards: %s", err_str(r));
		*hangs = ward_stop(ward) != 0;
		server_stop(server);
		return r;
	}
	log_info("serving at %s", path);
	if (write(ROLE_READY_FD, "\n", 1) != 1)
		log_debug("nobody waits for readiness");
	close(ROLE_READY_FD);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	wait_end(&set);
	/* What still hangs then ends by the signal: better than a daemon that does not stop. */
	alarm(STOP_S);
	*hangs = ward_stop(ward) != 0;
	server_stop(server);
	return 0;
}

/* What the configuration says to ward; read before dropping, since the files may be root's. */
static int
settle(struct ward_settings *s, const struct config *config, const struct role_options *o)
{
	const char *reader = o->reader != NULL ? o->reader : config->reader;

	s->timeouts = config->timeouts;
	s->mode = config->mode;
	if ((size_t)snprintf(s->reader, sizeof(s->reader), "%s", reader) >= sizeof(s->reader)) {
		log_err("no reader has a name this long: %s", reader);
		return ERR_SIZE;
	}
	for (unsigned i = 0; i < config->issuers; i++) {
		char pem[REQUEST_BODY_MAX];
		const char *why = "", *path = config->issuer[i];
		size_t n = 0, *len = &s->issuers.cert[i].len;
		FILE *f = fopen(path, "re");

		if (f == NULL) {
			log_err("cannot read the issuer %s: %s", path, strerror(errno));
			return ERR_IO;
		}
		n = fread(pem, 1, sizeof(pem), f);
		fclose(f);
		*len = sizeof(s->issuers.cert[i].der);
		if (issuer_from_pem(pem, n, s->issuers.cert[i].der, len, &why) != 0) {
			log_err("%s cannot be a card issuer: %s", path, why);
			return ERR_FORMAT;
		}
		s->issuers.n++;
	}
	return 0;
}

int
role_ward(const struct role_options *o)
{
	struct config *config = malloc(sizeof(*config));
	struct vaultclient *client = NULL, *slots = NULL, *people = NULL;
	struct ward *ward = NULL;
	struct ward_settings *settings = calloc(1, sizeof(*settings));
	char path[PATH_ROOM], why[CONFIG_WHY_MAX];
	const pid_t parent = getppid();
	int fd = -1, lock = -1, hangs = 0, r = ERR_NOMEM;

	leave_signals();
	wiped_json();
	snprintf(path, sizeof(path), "%s/admin.sock", o->run);
	if (config == NULL || settings == NULL || fcntl(ROLE_LINK_FD, F_SETFD, FD_CLOEXEC) != 0 ||
	    fcntl(ROLE_SLOTS_FD, F_SETFD, FD_CLOEXEC) != 0 ||
	    fcntl(ROLE_PEOPLE_FD, F_SETFD, FD_CLOEXEC) != 0 ||
	    fcntl(ROLE_READY_FD, F_SETFD, FD_CLOEXEC) != 0 ||
	    (r = secrets_stay(SECMEM_SIZE, SECMEM_SIZE)) != 0)
		goto out;
	if ((r = config_load(config, o->config, why)) != 0)
		goto out;
	if ((r = settle(settings, config, o)) != 0)
		goto out;
	if ((r = listen_at(path, config->admin_group, "administration", &fd, &lock)) != 0 ||
	    (r = harden()) != 0)
		goto out;
	/*
	 * Without its parent nobody would report its end; asked for after the ids have changed,
	 * which clears it.
	 */
	if (prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) != 0 || getppid() != parent)
		goto out;
	if ((r = vaultclient_new(&client, ROLE_LINK_FD)) != 0 ||
	    /* Answered when the store is open; if it cannot be opened, vault has said so. */
	    (r = vaultclient_call(client, VAULT_STATUS, NULL, NULL)) != 0 ||
	    (r = vaultclient_new(&slots, ROLE_SLOTS_FD)) != 0 ||
	    (r = vaultclient_new(&people, ROLE_PEOPLE_FD)) != 0 ||
	    (r = ward_new(&ward, client, slots, people, settings)) != 0)
		goto out;
	if ((r = filtered(o, seccomp_ward())) != 0)
		goto out;
	r = serve(ward, &fd, path, &hangs);
out:
	listen_no_more(path, &fd, &lock);
	if (hangs)
		_exit(r == 0 ? 0 : 1);
	ward_free(ward);
	vaultclient_free(people);
	vaultclient_free(slots);
	vaultclient_free(client);
	free(settings);
	free(config);
	return r == 0 ? 0 : 1;
}
