#include "hsm/admin/routes_parts.h"

#include <stdio.h>

#include "card-os/iso7816/err.h"
#include "hsm/admin/issuer.h"
#include "hsm/admin/report.h"

int
routes_get_issuers(struct call *c)
{
	json_t *list = json_array(), *one;
	struct issuer_text text;
	uint8_t der[ISSUER_MAX];
	size_t n;
	int r = 0;

	for (size_t i = 0; r == 0; i++) {
		n = sizeof(der);
		if ((r = c->desk->ops->issuer(c->desk, i, der, &n)) != 0 ||
		    (r = issuer_describe(der, n, &text)) != 0)
			break;
		if ((one = report_issuer(&text)) == NULL || json_array_append_new(list, one) != 0)
			r = ERR_NOMEM;
	}
	if (r != ERR_NOT_FOUND) {
		json_decref(list);
		return r == ERR_FORMAT ? ERR_INTERNAL : r;
	}
	return routes_put(c, json_pack("{s:o}", "issuers", list));
}

int
routes_post_issuers(struct call *c)
{
	struct issuer_text text;
	uint8_t der[ISSUER_MAX];
	size_t n = sizeof(der);
	const char *why;
	int r;

	if ((r = issuer_from_pem(c->q->body, c->q->body_n, der, &n, &why)) != 0 ||
	    (r = issuer_describe(der, n, &text)) != 0) {
		snprintf(c->why, sizeof(c->why), "this cannot be a card issuer: %s", why);
		return r;
	}
	r = c->desk->ops->issuer_add(c->desk, der, n, c->q->uid);
	if (r == ERR_EXISTS)
		snprintf(c->why, sizeof(c->why), "this issuer is trusted already");
	if (r == ERR_SIZE)
		snprintf(c->why, sizeof(c->why), "no more than %d issuers can be trusted",
		    ISSUERS_MAX);
	if (r != 0)
		return r;
	c->reply->http = 201;
	return routes_put(c, report_issuer(&text));
}
