#include "caches.h"

#include <stdio.h>
#include <string.h>

#include "device.h"

/* Less is what any activity leaves behind. */
#define GROWTH_SHOWN 50000

void caches_measure(struct caches *caches)
{
	FILE *file = fopen("/proc/slabinfo", "r");
	char line[512];

	if (!file)
		fail("/proc/slabinfo");
	caches->count = 0;
	while (caches->count < CACHES_MAX && fgets(line, sizeof(line), file)) {
		struct cache *cache = &caches->all[caches->count];
		long active, objects, size;

		/* The heading has no numbers there. */
		if (sscanf(line, "%31s %ld %ld %ld", cache->name, &active, &objects, &size) < 4)
			continue;
		cache->bytes = active * size;
		caches->count++;
	}
	fclose(file);
}

static long bytes_of(const struct caches *caches, const char *name)
{
	unsigned int i;

	for (i = 0; i < caches->count; i++)
		if (!strcmp(caches->all[i].name, name))
			return caches->all[i].bytes;
	return 0;
}

void caches_print_growth(const struct caches *before, const struct caches *after)
{
	unsigned int i;

	for (i = 0; i < after->count; i++) {
		const struct cache *cache = &after->all[i];
		long grown = cache->bytes - bytes_of(before, cache->name);

		if (grown > GROWTH_SHOWN)
			printf("%s has grown by %ld bytes\n", cache->name, grown);
	}
}
