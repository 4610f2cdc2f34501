// SPDX-License-Identifier: MIT
/*
 * What it costs at least to be answered by a sleeping program: one byte goes to another process, or another thread of
 * this one, and one comes back, after a pause of 4 ms. Where an emulator forgets its translations of addresses when the
 * address space changes, processes cost more, and more for each page that they use.
 *
 *	ping-pong processes|threads PAGES CPU
 *
 * PAGES: that the other one reads before it answers. CPU: the other one's; this one has CPU 0. Prints microseconds.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define SAMPLES 500
#define PAUSE_US 4000
#define PAGE 4096UL
#define LINE 64UL

static int there[2], back[2];
static unsigned long pages;
static int other_cpu;
static volatile char *memory;

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set)) {
		perror("CPU");
		exit(1);
	}
}

static void *answer(void *unused)
{
	char byte;

	pin(other_cpu);
	/* Pages of its own, also after fork(). */
	memset((char *)memory, 1, (pages + 1) * PAGE);
	while (read(there[0], &byte, 1) == 1) {
		for (unsigned long i = 0; i < pages; i++)
			byte += memory[i * PAGE + i * LINE % PAGE];
		if (write(back[1], &byte, 1) != 1)
			break;
	}
	return unused;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	static double samples[SAMPLES];
	pthread_t thread;
	char byte = 0;

	if (argc != 4 || pipe(there) || pipe(back)) {
		fprintf(stderr, "usage: ping-pong processes|threads PAGES CPU\n");
		return 2;
	}
	pages = strtoul(argv[2], NULL, 10);
	other_cpu = atoi(argv[3]);
	memory = mmap(NULL, (pages + 1) * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED) {
		perror("PAGES");
		return 1;
	}
	if (argv[1][0] == 't') {
		if (pthread_create(&thread, NULL, answer, NULL))
			return 1;
	} else if (!fork()) {
		close(there[1]);
		answer(NULL);
		_exit(0);
	}
	pin(0);
	for (int i = 0; i < SAMPLES; i++) {
		double start;

		usleep(PAUSE_US);
		start = now();
		if (write(there[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1)
			return 1;
		samples[i] = now() - start;
	}
	qsort(samples, SAMPLES, sizeof(*samples), compare);
	printf("%s, %lu pages, CPU %d: p50 %.0f us, p90 %.0f us\n", argv[1], pages, other_cpu,
	       samples[SAMPLES / 2], samples[SAMPLES * 9 / 10]);
	fflush(stdout);
	_exit(0);
}
