#include "hsm/cli/help.h"

#include <string.h>

enum { NAME_ROOM = 19, USAGE_ROOM = 34 };

#define QUORUM \
	"  --quorum 2of3  how many cards are needed of how many are made: 2of3 or 3of5\n"
#define WHO \
	"  users    who has to be there, each with a card: 1 to 5, 1 unless said\n"
#define COPIES \
	"  copies   cards of each user: 1 to 9, 2 unless said; there are no further ones\n"
#define PADS \
	"  pads     the reader at which each user is asked, user 1 first, parted by colons; an\n" \
	"           empty one is the HSM's; a colon, a comma or a backslash in a name has a\n" \
	"           backslash before it, as in pads=Pad 0:Pad\\: upstairs\n"
#define USERS WHO COPIES PADS
#define BOOT \
	"  --boot-cards   slot 0 has mode cards and its code is stored: its users' cards alone\n" \
	"                 open it after the start, and nothing else opens before it\n"
#define CODES \
	"  --codes FILE   codes from a file of your own with mode 0600, not from the terminal:\n" \
	"                 lines `slot 3 code ...` and `slot 3 so ...`\n"
#define MODES \
	"  --slot N:MODE  how slot N is opened; a slot that is not named is auto\n" \
	"    auto   by the HSM itself, at each start\n" \
	"    code   by a code that a person chooses and enters\n" \
	"    cards  by a code, and users with their cards at the pad, one after the other:\n" \
	"           7:cards  7:cards,users=2,copies=3  7:cards,users=2,pads=Pad 0:Pad 1\n"
#define DETACH "  --detach       does not wait for its end\n"
#define FOLLOWED \
	"Ctrl-C leaves it running; `cardinal status --watch` shows it, `cardinal cancel` ends it.\n"

/* What does not fit into the row. */
static const struct {
	const char *name, *text;
} more[] = {
	{ "install",
	  QUORUM MODES USERS BOOT CODES DETACH
	  "  --trial        no cards, ten slots with known codes; protects nothing; goes alone\n"
	  FOLLOWED },
	{ "resume",
	  QUORUM
	  "                 only when there was no set yet\n"
	  MODES USERS BOOT CODES DETACH
	  "Slots and codes are named again. Users whose cards are all made stay.\n" FOLLOWED },
	{ "script install", QUORUM MODES USERS BOOT CODES },
	{ "script slot-cards", USERS },
	{ "script activate", WHO PADS },
	{ "slot mode",
	  "The code of now is asked, and the new one where the new mode has one; then\n"
	  "  to cards    the users' cards are made at the pad\n"
	  "  from cards  all its users are asked for their cards, also when it is open\n"
	  "After `slot wipe`, as long as there is no code, neither is asked: a slot whose users\n"
	  "have lost their cards gets others this way, or another mode.\n"
	  USERS BOOT CODES
	  "                 and `slot 3 now ...` for the code of now; without it the code stays\n"
	  FOLLOWED },
	{ "slot wipe",
	  "For a locked SO PIN, a slot that was tampered with, or users whose cards are lost.\n"
	  "The users of mode cards stay, until `slot mode` gives it others.\n"
	  "  --yes          does not ask whether you mean it\n"
	  "  --codes FILE   its line `slot 3 so ...`: the SO PIN; without it the HSM makes one\n"
	},
	{ "slot activate",
	  "Mode code: with its code. Mode cards: with its code, then its users are asked at the\n"
	  "pad, as soon as it is their turn. Mode auto: when it was closed by `deactivate`.\n"
	  "A slot whose opening failed is held: nothing but this asks its users again.\n"
	  CODES FOLLOWED },
	{ "status", "  --watch   stays, with the seconds that people at the pad still have\n" },
};

void
help_all(FILE *out)
{
	fputs("usage: cardinal [--run DIR] COMMAND\n", out);
	for (const struct command *c = commands; c->name != NULL; c++)
		if (strlen(c->usage) <= USAGE_ROOM)
			fprintf(out, "  %-*s %-*s %s\n", NAME_ROOM, c->name, USAGE_ROOM, c->usage,
			    c->says);
		else
			fprintf(out, "  %-*s %s\n  %-*s %-*s %s\n", NAME_ROOM, c->name, c->usage,
			    NAME_ROOM, "", USAGE_ROOM, "", c->says);
	fputs("  --run DIR      directory of the sockets (/run/cardinal, or CARDINAL_RUN); it may\n"
	    "                 as well stand behind the command\n"
	    "  --help, --version; `cardinal COMMAND --help` tells what its options mean\n"
	    "Exit status: 0 done, 1 failed, 2 misused, 3 cancelled at the pad, 4 timed out.\n",
	    out);
}

void
help_one(FILE *out, const struct command *c)
{
	fprintf(out, "usage: cardinal %s %s\n%s\n", c->name, c->usage, c->says);
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		if (strcmp(more[i].name, c->name) == 0)
			fputs(more[i].text, out);
}
