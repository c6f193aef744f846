#include "hsm/cards/pcsc_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "hsm/cards/pcsc_pad.h"

enum { LOOK_MS = 1000 };

int
pcsc_watch(struct pcsc_watch *w)
{
	LONG rv;

	if (w->open)
		return 0;
	rv = SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL, NULL, &w->context);
	w->open = rv == SCARD_S_SUCCESS;
	return pcsc_err(rv);
}

void
pcsc_watch_end(struct pcsc_watch *w)
{
	if (w->open)
		(void)SCardReleaseContext(w->context);
	memset(w, 0, sizeof(*w));
}

int
pcsc_names(struct pcsc_watch *w, char names[CARDS_READERS_MAX][CARDS_NAME_MAX], size_t *n)
{
	DWORD size = 0;
	char *list = NULL, *name;
	int r;

	*n = 0;
	if ((r = pcsc_watch(w)) != 0)
		return r;
	if ((r = pcsc_err(SCardListReaders(w->context, NULL, NULL, &size))) != 0)
		return r == ERR_READER_NONE ? 0 : r;
	if ((list = calloc(1, (size_t)size + 2)) == NULL)
		return ERR_NOMEM;
	r = pcsc_err(SCardListReaders(w->context, NULL, list, &size));
	for (name = list; r == 0 && *name != '\0' && *n < CARDS_READERS_MAX;
	    name += strlen(name) + 1)
		(void)snprintf(names[(*n)++], CARDS_NAME_MAX, "%s", name);
	free(list);
	return r == ERR_READER_NONE ? 0 : r;
}

int
pcsc_presence(DWORD state)
{
	if ((state & (SCARD_STATE_UNKNOWN | SCARD_STATE_IGNORE)) != 0)
		return ERR_READER_GONE;
	return (state & SCARD_STATE_PRESENT) != 0;
}

int
pcsc_status(struct pcsc_watch *w, const char *reader)
{
	SCARD_READERSTATE s = { .szReader = reader, .dwCurrentState = SCARD_STATE_UNAWARE };
	int r;

	if ((r = pcsc_watch(w)) != 0 ||
	    (r = pcsc_err(SCardGetStatusChange(w->context, 0, &s, 1))) != 0)
		return r;
	return pcsc_presence(s.dwEventState);
}

int
pcsc_look(struct pcsc_watch *w, struct pcsc_attempts *attempts, const char *name,
    const atomic_int *cancelled, struct cards_reader *v)
{
	struct pad_features f;
	struct pcsc conn;
	int r;

	memset(v, 0, sizeof(*v));
	(void)snprintf(v->name, sizeof(v->name), "%s", name);
	v->present = pcsc_status(w, name) == 1;
	if ((r = pcsc_connect(attempts, &conn, name, 0, LOOK_MS, cancelled)) == 0) {
		r = pcsc_pad_features(&conn, &f, &v->display);
		v->pin_pad = f.verify != 0;
		pcsc_disconnect(&conn);
	}
	v->busy = r == ERR_BUSY;
	v->gone = r == ERR_READER_GONE;
	return r == ERR_CANCELLED || r == ERR_NOMEM || r == ERR_NO_SERVICE ? r : 0;
}
