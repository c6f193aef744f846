#include "hsm/daemon/ward_parts.h"

#include <stdio.h>
#include <string.h>

#include "card-os/iso7816/err.h"
#include "hsm/admin/log.h"
#include "hsm/admin/names.h"

static uint64_t
now(void *arg)
{
	(void)arg;
	return (uint64_t)time(NULL);
}

static uint64_t
ticks(void *arg)
{
	struct timespec t;

	(void)arg;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec;
}

void
ward_cancel_again(struct ward *w)
{
	if (w->cancelled && w->cards != NULL)
		w->cards->ops->cancel(w->cards);
}

static void
front(void *arg, const char *line)
{
	struct ward *w = arg;

	pthread_mutex_lock(&w->lock);
	snprintf(w->front, sizeof(w->front), "%s", line);
	ward_cancel_again(w);
	ward_turn(w);
	pthread_mutex_unlock(&w->lock);
}

static void
say(void *arg, const char *text, unsigned how, unsigned seconds, const char *at)
{
	struct ward *w = arg;

	pthread_mutex_lock(&w->lock);
	snprintf(w->said, sizeof(w->said), "%s", text);
	snprintf(w->at, sizeof(w->at), "%s", at);
	w->seconds = seconds;
	ward_deadline(&w->until, seconds);
	w->how = how;
	w->asks = (how & SAY_ASKS) != 0;
	w->prompts += w->asks != 0;
	w->answer = CARDS_NO_KEY;
	for (const char *p = text; *p != '\0'; p++)
		w->beeps += *p == '\a';
	ward_cancel_again(w);
	ward_turn(w);
	pthread_mutex_unlock(&w->lock);
}

static enum cards_key
answer(void *arg)
{
	struct ward *w = arg;
	enum cards_key key;

	pthread_mutex_lock(&w->lock);
	key = w->answer;
	w->answer = CARDS_NO_KEY;
	pthread_mutex_unlock(&w->lock);
	return key;
}

static void
sits(void *arg, void *secrets, size_t n)
{
	struct ward *w = arg;

	pthread_mutex_lock(&w->lock);
	w->secrets = secrets;
	w->secrets_n = n;
	ward_turn(w);
	pthread_mutex_unlock(&w->lock);
}

/* At boot a reader may come later than the daemon; the people have their hour. */
static int
comes_later(const struct ward *w, const struct desk_end *end)
{
	static const int errs[] = {
		ERR_READER_NONE, ERR_READER_GONE, ERR_NO_PIN_PAD, ERR_NO_SERVICE, ERR_BUSY,
	};

	for (size_t i = 0; i < sizeof(errs) / sizeof(errs[0]); i++)
		if (end->err == errs[i])
			return w->carried.seconds != 0 && !end->result.asked;
	return 0;
}

/*
 * The opening that it was started for is over, before anybody sees that the ceremony is. With the
 * daemon's end vault closes it by itself, which nobody has failed.
 */
static void
opened(struct ward *w, struct desk_end *end)
{
	int r;

	if (ward_idle(w) == ERR_CLOSED || (w->postponed = comes_later(w, end)))
		return;
	r = ward_opened(w, &w->carried, end->err, end->result.asked);
	/* However it ended: what it was about is no more. */
	if (r == 0 || (end->err != 0 && r != ERR_NOT_NOW))
		return;
	end->err = r;
	snprintf(end->result.message, sizeof(end->result.message), r == ERR_NOT_NOW ?
	    "slot %u was closed or changed meanwhile" : "slot %u does not open for its users: %s",
	    w->carried.slot, err_str(r));
}

static void *
perform(void *arg)
{
	struct ward *w = arg;
	struct ceremony_env env = {
		.cards = w->cards,
		.journal = &w->running.journal,
		.gate = &w->gate.gate,
		.issuers = &w->issuers,
		.timeouts = w->settings.timeouts,
		.reader = w->settings.reader,
		.now = now,
		.ticks = ticks,
		.front = front,
		.say = say,
		.answer = answer,
		.sits = sits,
		.arg = w,
	};
	struct desk_end end = { 0 };
	struct cards *cards = w->cards;
	struct hsm_status hsm = { 0 };

	env.timeouts.whole_s = w->carried.seconds;
	log_info("%s begins", w->ceremony);
	end.err = ceremony_run(w->plan, &env, &w->args, &end.result);
	if (w->carried.number != 0)
		opened(w, &end);
	if (end.err != 0 && ward_idle(w) == ERR_CLOSED)
		log_info("%s ended with the daemon", w->ceremony);
	else if (end.err != 0)
		log_info("%s ended: %s (%s)", w->ceremony, name_of_err(end.err),
		    end.result.message);
	else
		log_info("%s is done", w->ceremony);
	/* Codes that are left of its plan: it has come to nothing, or has opened what it made. */
	ward_unplan(w);
	if (ward_last_record(w, &hsm, &end.seq) != 0)
		end.seq = 0;
	if (hsm.state == HSM_INSTALLING && ward_idle(w) != ERR_CLOSED)
		log_err("that cannot be written down now: the next request tries again");

	pthread_mutex_lock(&w->lock);
	w->cards = NULL;
	end.number = w->number;
	end.opening = w->carried.number;
	memcpy(end.ceremony, w->ceremony, sizeof(end.ceremony));
	w->last = end;
	w->number = 0;
	w->front[0] = w->said[0] = w->at[0] = '\0';
	w->how = SAY_SHOWN;
	w->asks = 0;
	w->seconds = 0;
	ward_turn(w);
	pthread_mutex_unlock(&w->lock);
	cards_pcsc_free(cards);
	return NULL;
}

void
ward_join(struct ward *w)
{
	if (w->joinable)
		pthread_join(w->thread, NULL);
	w->joinable = 0;
}

int
ward_launch(struct ward *w, const char *name, const struct ceremony_plan *plan,
    const struct ceremony_args *args, const struct opening *carries, uint32_t *number)
{
	static const struct opening none;
	struct cards *cards;
	int r;

	ward_join(w);
	if ((r = cards_pcsc_new(&cards)) != 0)
		return r;
	pthread_mutex_lock(&w->lock);
	if (w->stopping) {
		r = ERR_CLOSED;
		goto out;
	}
	w->cards = cards;
	w->cancelled = 0;
	w->plan = plan;
	w->args = *args;
	w->args.mode = w->settings.mode;
	w->carried = carries != NULL ? *carries : none;
	w->postponed = 0;
	snprintf(w->ceremony, sizeof(w->ceremony), "%s", name);
	w->number = *number = ++w->numbers;
	if (pthread_create(&w->thread, NULL, perform, w) != 0) {
		w->cards = NULL;
		w->number = 0;
		r = ERR_NOMEM;
	} else
		w->joinable = 1;
	ward_turn(w);
out:
	pthread_mutex_unlock(&w->lock);
	if (r != 0)
		cards_pcsc_free(cards);
	return r;
}
