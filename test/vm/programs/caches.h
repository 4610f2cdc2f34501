/* What the kernel's slab caches hold: says where memory has gone that a check misses. */
#ifndef PCIEM_CACHES_H
#define PCIEM_CACHES_H

#define CACHES_MAX 512

/* A line of /proc/slabinfo. */
struct cache {
	char name[32];
	long bytes;
};

struct caches {
	struct cache all[CACHES_MAX];
	unsigned int count;
};

void caches_measure(struct caches *caches);

/* The caches that hold more than before, in the order of slabinfo. */
void caches_print_growth(const struct caches *before, const struct caches *after);

#endif
