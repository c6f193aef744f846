#include <openssl/evp.h>

/*
 * For what proves many PINs: the linker turns PBKDF2 to here (--wrap), which does one turn in place
 * of the thousands that would be nearly all of the time.
 */
int __real_PKCS5_PBKDF2_HMAC(const char *, int, const unsigned char *, int, int, const EVP_MD *,
    int, unsigned char *);
int __wrap_PKCS5_PBKDF2_HMAC(const char *, int, const unsigned char *, int, int, const EVP_MD *,
    int, unsigned char *);

int
__wrap_PKCS5_PBKDF2_HMAC(const char *p, int n, const unsigned char *salt, int salt_n, int turns,
    const EVP_MD *md, int out_n, unsigned char *out)
{
	(void)turns;
	return __real_PKCS5_PBKDF2_HMAC(p, n, salt, salt_n, 1, md, out_n, out);
}
