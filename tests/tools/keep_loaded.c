/* Preloaded: what was loaded stays, so that a leak's stack can name it at the end. */
int dlclose(void *);

int
dlclose(void *handle)
{
	(void)handle;
	return 0;
}
