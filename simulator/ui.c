#include "simulator/ui.h"

#include <curses.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "card-os/iso7816/err.h"

/* Columns from which there are two, and where the second begins. */
enum { WIDE = 64, SECOND = 40 };
enum { PAIR_LCD = 1, PAIR_RED, PAIR_YELLOW, PAIR_GREEN };
enum { UI_CARD = 0x10000, ESCAPE = 27, ESCAPE_MS = 25, LCD_WIDTH = LCD_COLUMNS + 4 };

/* The terminal. ----------------------------------------------------------------------------- */

static void
load_deck(struct ui *u)
{
	deck_names(u->hands->deck, &u->deck);
	if (u->chosen >= u->deck.n)
		u->chosen = u->deck.n > 0 ? u->deck.n - 1 : 0;
	/* The directory may have come into being since. */
	if (u->watch >= 0)
		inotify_add_watch(u->watch, u->hands->deck->dir,
		    IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_MOVED_FROM | IN_ONLYDIR);
}

int
ui_open(struct ui *u, struct hands *hands, unsigned pad, int *stop)
{
	u->hands = hands;
	u->pad = pad;
	u->stop = stop;
	u->watch = -1;
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return ERR_IO;
	setlocale(LC_ALL, "");
	if (newterm(NULL, stdout, stdin) == NULL)
		return ERR_IO;
	u->open = 1;
	u->watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(ESCAPE_MS);
	curs_set(0);
	/* All of them: behind an event that it is to drop, getch would block until the next one. */
	mousemask(ALL_MOUSE_EVENTS, NULL);
	mouseinterval(0);
	u->colour = has_colors();
	if (u->colour) {
		start_color();
		use_default_colors();
		init_pair(PAIR_LCD, COLOR_BLACK, COLOR_GREEN);
		init_pair(PAIR_RED, COLOR_RED, -1);
		init_pair(PAIR_YELLOW, COLOR_YELLOW, -1);
		init_pair(PAIR_GREEN, COLOR_GREEN, -1);
	}
	load_deck(u);
	return 0;
}

void
ui_close(struct ui *u)
{
	if (u->open) {
		mousemask(0, NULL);
		endwin();
	}
	u->open = 0;
	if (u->watch >= 0)
		close(u->watch);
	u->watch = -1;
}

void
ui_log(struct ui *u, const char *line)
{
	snprintf(u->log[u->logged++ % UI_LOG], UI_LOG_LINE, "%s", line);
}

void
ui_resized(void *arg)
{
	struct winsize w;

	(void)arg;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) != 0 || w.ws_row == 0 || w.ws_col == 0)
		return;
	resizeterm(w.ws_row, w.ws_col);
	clearok(stdscr, TRUE);
}

/* Drawing. ---------------------------------------------------------------------------------- */

/* What lies outside is not drawn. */
static void
put(int y, int x, attr_t attr, const char *text)
{
	int room = COLS - x;

	if (y < 0 || y >= LINES || room <= 0)
		return;
	attron(attr);
	mvaddnstr(y, x, text, room);
	attroff(attr);
}

static attr_t
colour(const struct ui *u, short pair)
{
	return u->colour ? (attr_t)COLOR_PAIR(pair) : A_NORMAL;
}

static void
spot(struct ui *u, int y, int x, const char *text, int does)
{
	if (u->spots_n < UI_SPOTS)
		u->spots[u->spots_n++] = (struct ui_spot){ y, x, (int)strlen(text), does };
}

static void
line(int y, int x, int n)
{
	if (y >= 0 && y < LINES && x < COLS)
		mvhline(y, x, ACS_HLINE, n < COLS - x ? n : COLS - x);
}

static void
corner(int y, int x, chtype c)
{
	if (y >= 0 && y < LINES && x < COLS)
		mvaddch(y, x, c);
}

static void
draw_lcd(const struct ui *u, int y, int x)
{
	const struct device *d = u->hands->device;
	const attr_t glass = u->colour ? (attr_t)COLOR_PAIR(PAIR_LCD) : A_BOLD;
	char text[LCD_WIDTH];

	line(y, x + 1, LCD_WIDTH - 2);
	line(y + LCD_LINES + 1, x + 1, LCD_WIDTH - 2);
	corner(y, x, ACS_ULCORNER);
	corner(y, x + LCD_WIDTH - 1, ACS_URCORNER);
	corner(y + LCD_LINES + 1, x, ACS_LLCORNER);
	corner(y + LCD_LINES + 1, x + LCD_WIDTH - 1, ACS_LRCORNER);
	for (int i = 0; i < LCD_LINES; i++) {
		corner(y + 1 + i, x, ACS_VLINE);
		corner(y + 1 + i, x + LCD_WIDTH - 1, ACS_VLINE);
		snprintf(text, sizeof(text), " %-16s ", d->pad.lcd.now.line[i]);
		put(y + 1 + i, x + 1, d->plugged ? glass : A_DIM, text);
	}
	put(y + LCD_LINES + 1, x + 7, A_BOLD, " CODE ");
	/* The sign that the prompt is the pad's own. */
	if (pad_secure(&d->pad))
		put(y + 1, x + LCD_WIDTH + 1, A_REVERSE | A_BOLD, " LOCK ");
}

static int
lamp(const struct ui *u, int y, int x, const char *name, int on, short pair)
{
	put(y, x, on ? colour(u, pair) | A_BOLD : A_NORMAL, on ? "(*)" : "( )");
	put(y, x + 4, A_NORMAL, name);
	return x + 6 + (int)strlen(name);
}

static void
draw_lamps(const struct ui *u, int y, int x)
{
	const struct device *d = u->hands->device;
	char beeps[32];

	x = lamp(u, y, x, "USB", d->plugged, PAIR_GREEN);
	x = lamp(u, y, x, "card", d->slot.powered, PAIR_GREEN);
	x = lamp(u, y, x, "PIN", pad_secure(&d->pad), PAIR_YELLOW);
	snprintf(beeps, sizeof(beeps), "beeps %u", d->pad.lcd.beeps);
	put(y, x, d->pad.lcd.beeps > 0 ? A_BOLD : A_NORMAL, beeps);
}

static const struct button {
	int row, x;
	const char *cap, *hint;
	int does;
	short pair;
} buttons[] = {
	{ 0, 0, "[ 1 ]", "", '1', 0 },
	{ 0, 6, "[ 2 ]", "", '2', 0 },
	{ 0, 12, "[ 3 ]", "", '3', 0 },
	{ 1, 0, "[ 4 ]", "", '4', 0 },
	{ 1, 6, "[ 5 ]", "", '5', 0 },
	{ 1, 12, "[ 6 ]", "", '6', 0 },
	{ 2, 0, "[ 7 ]", "", '7', 0 },
	{ 2, 6, "[ 8 ]", "", '8', 0 },
	{ 2, 12, "[ 9 ]", "", '9', 0 },
	{ 3, 6, "[ 0 ]", "", '0', 0 },
	{ 0, 19, "[ Cancel ]", "Esc", ESCAPE, PAIR_RED },
	{ 1, 19, "[ Clear  ]", "Bksp", KEY_BACKSPACE, PAIR_YELLOW },
	{ 3, 19, "[   OK   ]", "Enter", KEY_ENTER, PAIR_GREEN },
};

static void
draw_keys(struct ui *u, int y, int x, int step)
{
	for (size_t i = 0; i < sizeof(buttons) / sizeof(buttons[0]); i++) {
		const struct button *b = &buttons[i];

		put(y + b->row * step, x + b->x, colour(u, b->pair) | A_BOLD, b->cap);
		put(y + b->row * step, x + b->x + 11, A_DIM, b->hint);
		spot(u, y + b->row * step, x + b->x, b->cap, b->does);
	}
}

static void
draw_slot(struct ui *u, int y, int x)
{
	const struct slot *s = &u->hands->device->slot;
	char text[SLOT_NAME_MAX + 8];

	put(y, x, A_BOLD, "Slot");
	if (s->has == SLOT_EMPTY) {
		put(y, x + 6, A_DIM, "empty");
		return;
	}
	snprintf(text, sizeof(text), "[= %s =]", s->name);
	put(y, x + 6, A_REVERSE, text);
	spot(u, y, x + 6, text, 'r');
	if (s->has == SLOT_MUTE)
		put(y, x + 7 + (int)strlen(text), A_BOLD, "mute");
}

static void
draw_deck(struct ui *u, int y, int x, int rows)
{
	char text[SLOT_NAME_MAX + 8];
	size_t shown = rows > 0 ? (size_t)rows : 0;

	put(y++, x, A_BOLD, "Deck");
	if (u->deck.n == 0)
		put(y, x + 2, A_DIM, "no cards: cardinal-pad card new NAME");
	if (u->chosen < u->top)
		u->top = u->chosen;
	if (shown > 0 && u->chosen >= u->top + shown)
		u->top = u->chosen - shown + 1;
	for (size_t i = u->top; i < u->deck.n && i < u->top + shown; i++, y++) {
		int in = strcmp(u->deck.v[i], u->hands->device->slot.name) == 0;

		snprintf(text, sizeof(text), "%c %s%s", i == u->chosen ? '>' : ' ', u->deck.v[i],
		    in ? " (in)" : "");
		put(y, x, i == u->chosen ? A_REVERSE : in ? A_DIM : A_NORMAL, text);
		spot(u, y, x, text, UI_CARD + (int)i);
	}
}

static void
draw_log(const struct ui *u, int y, int x, int rows)
{
	size_t kept = u->logged < UI_LOG ? u->logged : UI_LOG;
	size_t shown = rows > 1 ? (size_t)rows - 1 : 0;

	if (rows < 2)
		return;
	put(y++, x, A_BOLD, "Log");
	if (shown > kept)
		shown = kept;
	for (size_t i = u->logged - shown; i < u->logged; i++)
		put(y++, x, A_NORMAL, u->log[i % UI_LOG]);
}

static const struct {
	const char *text;
	int does;
} helps[] = {
	{ "Up/Down", 0 },
	{ "i:insert", 'i' },
	{ "r:remove", 'r' },
	{ "u:plug", 'u' },
	{ "q:quit", 'q' },
};

static void
draw_help(struct ui *u, int y)
{
	int x = 0;

	for (size_t i = 0; i < sizeof(helps) / sizeof(helps[0]); i++) {
		put(y, x, A_REVERSE, helps[i].text);
		if (helps[i].does != 0)
			spot(u, y, x, helps[i].text, helps[i].does);
		x += (int)strlen(helps[i].text) + 1;
	}
}

void
ui_draw(void *arg)
{
	struct ui *u = arg;
	const struct device *d = u->hands->device;
	char title[32], events[512];
	int rest, changed = 0;

	while (u->watch >= 0 && read(u->watch, events, sizeof(events)) > 0)
		changed = 1;
	if (changed)
		load_deck(u);
	if (u->beeps != d->pad.lcd.beeps)
		beep();
	u->beeps = d->pad.lcd.beeps;
	u->spots_n = 0;
	erase();
	snprintf(title, sizeof(title), "Cardinal PIN pad %u", u->pad);
	put(0, 1, A_BOLD, title);
	if (!d->plugged)
		put(0, 2 + (int)strlen(title), A_REVERSE, " unplugged ");
	if (COLS >= WIDE) {
		draw_lcd(u, 2, 3);
		draw_lamps(u, 7, 3);
		draw_keys(u, 9, 3, LINES >= 22 ? 2 : 1);
		draw_slot(u, 2, SECOND);
		rest = LINES - 4 - 2;
		draw_deck(u, 4, SECOND, rest / 2 - 1);
		draw_log(u, 4 + rest / 2, SECOND, rest - rest / 2);
	} else {
		draw_lcd(u, 1, 1);
		draw_lamps(u, 5, 1);
		draw_keys(u, 6, 1, 1);
		draw_slot(u, 11, 1);
		rest = LINES - 12 - 2;
		draw_deck(u, 12, 1, rest - rest / 3 - 1);
		draw_log(u, 12 + rest - rest / 3, 1, rest / 3);
	}
	put(LINES - 2, 1, A_BOLD, u->note);
	draw_help(u, LINES - 1);
	refresh();
}

/* Keyboard and mouse. ----------------------------------------------------------------------- */

static void
note(struct ui *u, int err)
{
	static const struct {
		int err;
		const char *says;
	} notes[] = {
		{ ERR_EXISTS, "Take the card out first (r)" },
		{ ERR_BUSY, "That card is in another pad" },
		{ ERR_NO_CARD, "There is no card in the slot" },
	};

	snprintf(u->note, sizeof(u->note), "%s", err == 0 ? "" : err_str(err));
	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++)
		if (notes[i].err == err)
			snprintf(u->note, sizeof(u->note), "%s", notes[i].says);
}

static void
insert(struct ui *u, size_t i)
{
	load_deck(u);
	if (i < u->deck.n)
		note(u, hands_insert(u->hands, u->deck.v[i]));
}

static int
plug(struct ui *u)
{
	return u->hands->device->plugged ? hands_unplug(u->hands) : hands_plug(u->hands);
}

static void act(struct ui *, int key, uint64_t now);

/* Presses that come in one go are told as one event. */
static int
presses(mmask_t state)
{
	if (state & BUTTON1_TRIPLE_CLICKED)
		return 3;
	if (state & BUTTON1_DOUBLE_CLICKED)
		return 2;
	return (state & (BUTTON1_PRESSED | BUTTON1_CLICKED)) != 0;
}

static void
click(struct ui *u, const MEVENT *e, uint64_t now)
{
	for (size_t i = 0; i < u->spots_n; i++) {
		const struct ui_spot *s = &u->spots[i];

		if (e->y != s->y || e->x < s->x || e->x >= s->x + s->w)
			continue;
		if (s->does >= UI_CARD) {
			u->chosen = (size_t)(s->does - UI_CARD);
			insert(u, u->chosen);
		} else
			act(u, s->does, now);
		return;
	}
}

static const struct {
	int key;
	uint8_t pad;
} pad_keys[] = {
	{ KEY_ENTER, PADLINK_KEY_OK },
	{ '\r', PADLINK_KEY_OK },
	{ '\n', PADLINK_KEY_OK },
	{ KEY_BACKSPACE, PADLINK_KEY_CLEAR },
	{ 0x7f, PADLINK_KEY_CLEAR },
	{ '\b', PADLINK_KEY_CLEAR },
	{ KEY_DC, PADLINK_KEY_CLEAR },
	{ ESCAPE, PADLINK_KEY_CANCEL },
};

static void
clicks(struct ui *u, uint64_t now)
{
	MEVENT e;

	if (getmouse(&e) == OK)
		for (int n = presses(e.bstate); n > 0; n--)
			click(u, &e, now);
}

static void
act(struct ui *u, int key, uint64_t now)
{
	u->note[0] = '\0';
	if (key >= '0' && key <= '9')
		hands_key(u->hands, (uint8_t)key, now);
	for (size_t i = 0; i < sizeof(pad_keys) / sizeof(pad_keys[0]); i++)
		if (pad_keys[i].key == key)
			hands_key(u->hands, pad_keys[i].pad, now);
	switch (key) {
	case KEY_UP:
		u->chosen -= u->chosen > 0;
		break;
	case KEY_DOWN:
		u->chosen += u->chosen + 1 < u->deck.n;
		break;
	case 'i':
	case KEY_IC:
		insert(u, u->chosen);
		break;
	case 'r':
		note(u, hands_remove(u->hands));
		break;
	case 'u':
		note(u, plug(u));
		break;
	case 'q':
		*u->stop = 1;
		break;
	case 'L' & 0x1f:
		clearok(stdscr, TRUE);
		break;
	case KEY_MOUSE:
		clicks(u, now);
		break;
	}
}

void
ui_keyboard(void *arg, uint64_t now)
{
	struct ui *u = arg;
	int key;

	while ((key = getch()) != ERR)
		act(u, key, now);
}
