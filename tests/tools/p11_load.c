#include "tests/tools/p11_load.h"

#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/tools/p11_names.h"

void
p11_must(const char *what, CK_RV rv)
{
	if (rv == CKR_OK)
		return;
	fprintf(stderr, "%s: %s\n", what, p11_name(P11_CKR, rv));
	exit(1);
}

/* POSIX has dlsym give functions as data, ISO C knows no such conversion. */
static void
symbol(struct p11 *m, const char *name, void *function)
{
	void *p = dlsym(m->library, name);

	memcpy(function, &p, sizeof(p));
}

void
p11_load(struct p11 *m, const char *path)
{
	static CK_UTF8CHAR name[] = "PKCS 11";
	CK_VERSION version = { 3, 0 };
	CK_RV (*get_list)(CK_FUNCTION_LIST **);
	CK_INTERFACE *i;

	memset(m, 0, sizeof(*m));
	if (path == NULL && (path = getenv("P11_MODULE")) == NULL) {
		fputs("P11_MODULE names no module\n", stderr);
		exit(2);
	}
	if ((m->library = dlopen(path, RTLD_NOW | RTLD_LOCAL)) == NULL) {
		fprintf(stderr, "%s\n", dlerror());
		exit(1);
	}
	symbol(m, "C_GetFunctionList", &get_list);
	symbol(m, "C_GetInterface", &m->get_interface);
	symbol(m, "C_GetInterfaceList", &m->get_interface_list);
	if (get_list == NULL) {
		fprintf(stderr, "%s has no C_GetFunctionList\n", path);
		exit(1);
	}
	p11_must("C_GetFunctionList", get_list(&m->f));
	if (m->get_interface != NULL && m->get_interface(name, &version, &i, 0) == CKR_OK)
		m->three = i->pFunctionList;
}

CK_SESSION_HANDLE
p11_enter(struct p11 *m, CK_SLOT_ID slot, const char *pin)
{
	CK_C_INITIALIZE_ARGS args = { .flags = CKF_OS_LOCKING_OK };
	CK_SESSION_HANDLE s;

	p11_must("C_Initialize", m->f->C_Initialize(&args));
	p11_must("C_OpenSession", m->f->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION,
	    NULL, NULL, &s));
	if (pin != NULL)
		p11_must("C_Login", m->f->C_Login(s, CKU_USER, (CK_UTF8CHAR *)(uintptr_t)pin,
		    strlen(pin)));
	return s;
}
