#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "device.h"
#include "torture.h"

/* What the driver does while the device is killed. */
enum moment { HAMMERS, PROBES, INTERRUPTS, MOMENTS };

static const char *const moments[] = {
	[HAMMERS] = "threads access it",
	[PROBES] = "probe waits for a read",
	[INTERRUPTS] = "a handler waits for a read",
};

static void set_probe_reads(unsigned int offset)
{
	FILE *file = fopen("/sys/module/pciem_test/parameters/probe_reads", "w");

	if (!file || fprintf(file, "%u", offset) < 0 || fclose(file))
		fail("probe_reads");
}

static void interrupt_for_ever(struct device *device)
{
	unsigned int n;

	driver_command(device, "irqreads %x", REG_FORWARDED);
	for (n = 0;; n++)
		device_raise(device, n % VECTORS);
}

/* The device; tells @ready when it has come to the point and goes on until it is killed. */
static void be_device(enum moment moment, int ready)
{
	struct device device;

	device_create(&device, moment == PROBES ? 30000 : 200);
	if (write(ready, &device.domain, sizeof(device.domain)) < 0)
		exit(1);
	device_plug(&device);
	if (moment == PROBES) {
		while (!device.reads)
			pause_ms(0.5);
	} else {
		device_wait(&device.bound, "bound");
		device_wait(&device.plugged, "plugged");
		if (moment == HAMMERS && driver_command(&device, "hammer"))
			exit(1);
	}
	if (write(ready, &device.domain, sizeof(device.domain)) < 0)
		exit(1);
	if (moment == INTERRUPTS)
		interrupt_for_ever(&device);
	for (;;)
		pause();
}

static uint32_t next_domain(int pipe, pid_t child)
{
	uint32_t domain;

	if (read(pipe, &domain, sizeof(domain)) != sizeof(domain)) {
		kill(child, SIGKILL);
		fail("the device did not come up");
	}
	return domain;
}

static void kill_once(enum moment moment, double delay_ms)
{
	int pipes[2], status;
	uint32_t domain;
	pid_t child;

	set_probe_reads(moment == PROBES ? REG_SILENT : 0);
	if (pipe(pipes))
		fail("pipe");
	fflush(stdout);
	child = fork();
	if (child < 0)
		fail("fork");
	if (!child) {
		close(pipes[0]);
		be_device(moment, pipes[1]);
	}
	close(pipes[1]);
	domain = next_domain(pipes[0], child);
	next_domain(pipes[0], child);
	close(pipes[0]);
	pause_ms(delay_ms);
	if (!domain_exists(domain))
		fail("the device has gone by itself");
	kill(child, SIGKILL);
	if (waitpid(child, &status, 0) != child || !WIFSIGNALED(status))
		fail("the device has ended by itself");
	wait_until_gone(domain, 60);
}

/* A device works as if nothing had happened. */
static void check_that_it_works(void)
{
	struct device device;

	set_probe_reads(0);
	device_create(&device, 500);
	device_plug(&device);
	device_wait(&device.bound, "bound");
	device_wait(&device.plugged, "plugged");
	if (driver_ask(&device, "r4 10") != 0x55667788)
		fail("a wrong value");
	device_unplug(&device);
	device_close(&device);
	wait_until_gone(device.domain, 60);
}

int run_kills(unsigned int times, unsigned int seed)
{
	unsigned int done[MOMENTS] = { 0 }, i;
	double start = now();

	printf("seed %u\n", seed);
	for (i = 0; i < times; i++) {
		enum moment moment = i % MOMENTS;

		kill_once(moment, rand_r(&seed) % 1000 * 0.08);
		done[moment]++;
		if (i % 10 == 9)
			check_that_it_works();
	}
	check_that_it_works();
	for (i = 0; i < MOMENTS; i++)
		printf("killed %u times while %s\n", done[i], moments[i]);
	printf("%.0f ms each\n", (now() - start) / times * 1000);
	return 0;
}
