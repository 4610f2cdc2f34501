#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>

#include "device.h"
#include "torture.h"

static uint64_t count_of(const struct device *device, unsigned int vector)
{
	return driver_ask(device, "count %x", vector);
}

static void set_plain(struct device *device, uint32_t value)
{
	__atomic_store_n((uint32_t *)(device->bar + REG_PLAIN), value, __ATOMIC_SEQ_CST);
}

static void wait_for_seen(const struct device *device, unsigned int vector, uint64_t value)
{
	double end = now() + 10;

	while (driver_ask(device, "seen %x", vector) != value) {
		if (now() > end)
			fail("vector %u: the handler has not seen %llu but %llu", vector,
			     (unsigned long long)value, (unsigned long long)driver_result(device));
		pause_ms(1);
	}
}

/* As fast as possible: whatever the handler runs for, it runs after the last message. */
static void burst(struct device *device, unsigned int times)
{
	uint64_t before = count_of(device, 0), handled;
	double start = now();
	unsigned int i;

	for (i = 1; i <= times; i++) {
		set_plain(device, i);
		if (device_raise(device, 0))
			fail("interrupt %u of the burst is refused", i);
	}
	wait_for_seen(device, 0, times);
	handled = count_of(device, 0) - before;
	printf("%u messages in a burst, %.2f us each: handled %llu times, the last one seen\n", times,
	       (now() - start) / times * 1e6, (unsigned long long)handled);
	if (!handled || handled > times)
		fail("handled %llu times", (unsigned long long)handled);
}

/* Each is sent after the one before it was handled: none may be coalesced. */
static void one_by_one(struct device *device, unsigned int times)
{
	uint64_t before = count_of(device, 1), handled;
	uint64_t writes = device->writes;
	unsigned int i;

	/* The handler reads the forwarded register, so that the device knows that it runs. */
	driver_command(device, "irqreads %x", REG_FORWARDED);
	for (i = 0; i < times; i++) {
		uint64_t reads = device->reads;
		double end = now() + 10;

		if (device_raise(device, 1))
			fail("interrupt %u is refused", i);
		while (device->reads == reads)
			if (now() > end)
				fail("interrupt %u of %u did not reach its handler", i, times);
		/* The count goes up after the read. */
		while (i % 64 == 63 && count_of(device, 1) - before < i + 1)
			if (now() > end)
				fail("interrupt %u of %u is not counted", i, times);
	}
	pause_ms(100);
	handled = count_of(device, 1) - before;
	printf("%u messages one by one: handled %llu times\n", times, (unsigned long long)handled);
	if (handled != times || device->writes != writes)
		fail("%llu are lost", (unsigned long long)(times - handled));
	driver_command(device, "irqreads %x", REG_PLAIN);
}

/* Many at once: each reaches its own handler. */
static void all_vectors(struct device *device, unsigned int rounds)
{
	uint64_t before[VECTORS];
	unsigned int vector, round;

	for (vector = 0; vector < VECTORS; vector++)
		before[vector] = count_of(device, vector);
	for (round = 1; round <= rounds; round++) {
		set_plain(device, round);
		for (vector = 0; vector < VECTORS; vector++)
			if (device_raise(device, vector))
				fail("vector %u is refused", vector);
		for (vector = 0; vector < VECTORS; vector++)
			wait_for_seen(device, vector, round);
	}
	for (vector = 0; vector < VECTORS; vector++)
		if (count_of(device, vector) - before[vector] != rounds)
			fail("vector %u: %llu interrupts of %u", vector,
			     (unsigned long long)(count_of(device, vector) - before[vector]), rounds);
	printf("%u vectors at once, %u times: each handled as often\n", VECTORS, rounds);
}

static void set_affinity(unsigned int virq, unsigned int cpu)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/irq/%u/smp_affinity_list", virq);
	file = fopen(path, "w");
	if (!file || fprintf(file, "%u", cpu) < 0 || fclose(file))
		fail("%s", path);
}

/* Two vectors, each bound to a CPU of its own; then the other way round. */
static void affinity(struct device *device, unsigned int times)
{
	unsigned int swap, which, i, base = 0;

	for (swap = 0; swap < 2; swap++, base += times) {
		for (which = 0; which < 2; which++)
			set_affinity(driver_ask(device, "virq %x", 2 + which), which ^ swap);
		driver_ask(device, "clearcpus");
		for (i = 1; i <= times; i++) {
			set_plain(device, base + i);
			for (which = 0; which < 2; which++) {
				device_raise(device, 2 + which);
				wait_for_seen(device, 2 + which, base + i);
			}
		}
		for (which = 0; which < 2; which++)
			if (driver_ask(device, "cpus %x", 2 + which) != 1U << (which ^ swap))
				fail("vector %u ran on the CPUs in the mask %llx and not on CPU %u only",
				     2 + which, (unsigned long long)driver_result(device),
				     which ^ swap);
	}
	printf("affinity: handled on the CPU that was asked for\n");
}

int run_storm(unsigned int times)
{
	struct device device;

	device_create(&device, 500);
	device_plug(&device);
	device_wait(&device.plugged, "plugged");
	device_wait(&device.bound, "bound");
	driver_command(&device, "irqreads %x", REG_PLAIN);
	all_vectors(&device, 20);
	affinity(&device, 20);
	one_by_one(&device, times / 100 + 100);
	burst(&device, times);
	device_unplug(&device);
	device_close(&device);
	wait_until_gone(device.domain, 60);
	return 0;
}
