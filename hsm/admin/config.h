#ifndef CARDINAL_CONFIG_H
#define CARDINAL_CONFIG_H

#include "hsm/cards/cards.h"
#include "hsm/ceremony/ceremony.h"

/*
 * /etc/cardinal/cardinal.conf: lines `key = value`, comments from # or ; at a
 * line's start or from ; behind a blank; no sections. Every key is optional and
 * stands once; docs/cardinal.conf explains them.
 */
#define CONFIG_FILE "/etc/cardinal/cardinal.conf"

enum {
	CONFIG_PATH_MAX = 160,
	CONFIG_GROUP_MAX = 32,
	CONFIG_ISSUERS_MAX = 8,
	CONFIG_WHY_MAX = 512,
	CONFIG_LINE_MAX = 190,		/* characters of a line */
	CONFIG_SECONDS_MAX = 24 * 3600,	/* of any timeout */
};

struct config {
	char reader[CARDS_NAME_MAX];	/* "": the first with a PIN pad */
	char label[LABEL_MAX + 1];	/* "": the one that the HSM made for itself */
	/* Of the cards it makes: SHARE_LIVE, or SHARE_TEST for training. */
	uint8_t mode;
	/* PEM files of card issuers, trusted beside those that were added by command. */
	char issuer[CONFIG_ISSUERS_MAX][CONFIG_PATH_MAX];
	unsigned issuers;
	struct ceremony_timeouts timeouts;
	unsigned boot_s;		/* for slot 0 after a start */
	char admin_group[CONFIG_GROUP_MAX];	/* of admin.sock, "": the daemon's own */
	char pkcs11_group[CONFIG_GROUP_MAX];	/* of pkcs11.sock, "": the daemon's own */
	char restart_command[CONFIG_PATH_MAX];	/* "": none */
	/* What PKCS#11 clients may do: 0 or 1. */
	uint8_t import_private_keys, rsa_pkcs1_decryption, rsa_raw;
};

/* What serves without a file. */
void config_defaults(struct config *);
/*
 * Defaults, then what the file says; path NULL is CONFIG_FILE, which may be missing. 0, or with a
 * sentence in why that names file, line and what is wrong: ERR_FORMAT, ERR_NOT_FOUND (a
 * file that was asked for), ERR_DENIED, ERR_IO. On an error the defaults stand.
 */
int config_load(struct config *, const char *path, char why[CONFIG_WHY_MAX]);
/* The same from memory; name stands for the file in why. 0 or ERR_FORMAT. */
int config_parse(struct config *, const char *name, const char *text, size_t n,
    char why[CONFIG_WHY_MAX]);

#endif
