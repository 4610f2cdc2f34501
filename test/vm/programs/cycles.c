#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "caches.h"
#include "device.h"
#include "torture.h"

/* kB of /proc/meminfo. */
struct memory {
	/* Free, or held by what is no part of the module: caches, processes, tmpfs, each CPU's list of free pages. */
	long available;
	long slab;
	long vmalloc;
	long percpu;
};

static long field(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? atol(at + strlen(name)) : 0;
}

static const char *read_file(const char *path)
{
	static char text[65536];
	FILE *file = fopen(path, "r");

	if (!file)
		fail("%s", path);
	text[fread(text, 1, sizeof(text) - 1, file)] = 0;
	fclose(file);
	return text;
}

/* kB of free pages that the CPUs keep for themselves: since 6.7 many MB, and MemFree has them not. */
static long free_of_cpus(void)
{
	const char *text = read_file("/proc/zoneinfo");
	long pages = 0;

	while ((text = strstr(text, " count:"))) {
		text += strlen(" count:");
		pages += atol(text);
	}
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static struct memory measure(void)
{
	long of_cpus = free_of_cpus();
	const char *text = read_file("/proc/meminfo");

	return (struct memory){
		.available = field(text, "MemAvailable:") + field(text, "AnonPages:") +
			     field(text, "Shmem:") + field(text, "PageTables:") + of_cpus,
		.slab = field(text, "Slab:"),
		.vmalloc = field(text, "VmallocUsed:"),
		.percpu = field(text, "Percpu:"),
	};
}

/* Bytes of uevents that nobody has read yet. */
static long unread_uevents(void)
{
	const char *line = read_file("/proc/net/netlink");
	long protocol, bytes, sum = 0;

	while ((line = strchr(line, '\n'))) {
		line++;
		if (sscanf(line, "%*s %ld %*s %*s %ld", &protocol, &bytes) == 2 &&
		    protocol == NETLINK_KOBJECT_UEVENT)
			sum += bytes;
	}
	return sum;
}

/*
 * What RCU and work items have yet to free is freed, and so is what caches can spare. What loads drivers takes longer
 * for a uevent than a cycle takes.
 */
static struct memory settled(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);
	double end = now() + 180;

	while (unread_uevents() && now() < end)
		pause_ms(100);
	pause_ms(1500);
	if (fd < 0 || write(fd, "2", 1) != 1)
		fail("drop_caches");
	close(fd);
	pause_ms(200);
	return measure();
}

static void cycle(unsigned int number)
{
	struct device device;

	device_create(&device, 500);
	device_plug(&device);
	device_wait(&device.plugged, "plugged");
	device_wait(&device.bound, "bound");
	if (device.plug_result)
		fail("PLUGGED says %lld", (long long)device.plug_result);
	if (driver_ask(&device, "r4 10") != 0x55667788)
		fail("cycle %u: a wrong value", number);
	/* In turn: with warning, and by surprise. */
	if (number % 2)
		device_unplug(&device);
	device_close(&device);
	wait_until_gone(device.domain, 60);
}

static void print(const char *when, const struct memory *memory)
{
	printf("%s: available %ld, slab %ld, vmalloc %ld, percpu %ld kB\n", when,
	       memory->available, memory->slab, memory->vmalloc, memory->percpu);
}

/* Caches fill in the first cycles; then nothing may grow, by cycle. */
int run_cycles(unsigned int times)
{
	unsigned int warm_up = times * 3 / 5 < 200 ? times * 3 / 5 : 200, number;
	struct caches caches_before, caches_after;
	struct memory before, after;
	double start, seconds;

	for (number = 0; number < warm_up; number++)
		cycle(number);
	before = settled();
	caches_measure(&caches_before);
	print("before", &before);
	start = now();
	for (; number < times; number++)
		cycle(number);
	seconds = now() - start;
	after = settled();
	caches_measure(&caches_after);
	print("after", &after);
	caches_print_growth(&caches_before, &caches_after);
	printf("%u cycles, %.1f ms each\n", times, seconds / (times - warm_up) * 1000);
	/* KASAN keeps what is freed for a while; kmemleak looks for leaks there. */
	if (!access("/sys/kernel/debug/kmemleak", F_OK))
		return 0;
	/* A leak of 2 KiB a cycle shows with 1,000 of them. */
	if (after.slab - before.slab > 400 + (long)(times - warm_up) / 2 ||
	    after.vmalloc - before.vmalloc > 64 || after.percpu - before.percpu > 256 ||
	    before.available - after.available > 4096)
		fail("memory has grown");
	return 0;
}
