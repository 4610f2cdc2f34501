/*
 * torture cycles N        plug and unplug N times; memory use must stay flat
 * torture storm N         N interrupts: none is lost that PCIe would not coalesce
 * torture kill N [SEED]   kill -9 a device at random moments, N times
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "torture.h"

int main(int argc, char **argv)
{
	unsigned int times = argc > 2 ? atoi(argv[2]) : 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (times && !strcmp(argv[1], "cycles"))
		return run_cycles(times);
	if (times && !strcmp(argv[1], "storm"))
		return run_storm(times);
	if (times && !strcmp(argv[1], "kill"))
		return run_kills(times, argc > 3 ? atoi(argv[3]) : 1);
	fprintf(stderr, "usage: torture cycles|storm|kill N [SEED]\n");
	return 2;
}
