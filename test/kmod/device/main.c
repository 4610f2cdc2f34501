// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the module from the device's side: main [name...]. Each prints a line;
 * the exit status says whether all of them passed. Those that need another driver
 * run only if they are named.
 */
#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "device.h"
#include "tests.h"

static unsigned int checks, failures;

void check(bool ok, const char *file, int line, const char *format, ...)
{
	va_list arguments;

	checks++;
	if (ok)
		return;
	failures++;
	printf("  %s:%d: not so: ", file, line);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
}

/* Up to ten seconds: the debug kernel is slow. */
bool wait_for(atomic_int *flag, int value)
{
	int tries = 10000;

	while (*flag != value && tries--)
		usleep(1000);
	return *flag == value;
}

static const struct {
	const char *name;
	void (*run)(void);
	bool on_demand;
} tests[] = {
	{ "bytes", test_bytes, false },
	{ "timeout", test_timeout, false },
	{ "callers", test_callers, false },
	{ "ram", test_ram, false },
	{ "faults", test_faults, false },
	{ "atomics", test_atomics, false },
	{ "coherent", test_coherent, false },
	{ "peer", test_peer, false },
	{ "rom", test_rom, false },
	{ "ports", test_ports, false },
	{ "reset", test_reset, false },
	{ "power", test_power, false },
	{ "functions", test_functions, false },
	{ "devices", test_devices, false },
	{ "uio", test_uio, true },
	{ "vfio", test_vfio, true },
};

static bool wanted(int count, char **names, unsigned int test)
{
	int i;

	for (i = 1; i < count; i++)
		if (!strcmp(names[i], tests[test].name))
			return true;
	return count == 1 && !tests[test].on_demand;
}

int main(int count, char **names)
{
	unsigned int failed = 0;
	unsigned int i;

	setbuf(stdout, NULL);
	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct timespec from, to;

		if (!wanted(count, names, i))
			continue;
		checks = failures = 0;
		clock_gettime(CLOCK_MONOTONIC, &from);
		tests[i].run();
		clock_gettime(CLOCK_MONOTONIC, &to);
		printf("%s %s: %u checks, %.1f s\n", failures ? "FAIL" : "ok", tests[i].name, checks,
		       to.tv_sec - from.tv_sec + (to.tv_nsec - from.tv_nsec) / 1e9);
		failed += failures > 0;
	}
	return failed > 0;
}
