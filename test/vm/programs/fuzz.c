/*
 * fuzz SECONDS [SEED]
 *
 * Two processes of four threads each do what they like with /dev/pciem: valid,
 * nearly valid and hostile ioctls, mappings and polls, shared files, closes in
 * the middle, and now and then one process kills itself. The kernel survives,
 * and afterwards a device works as ever.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "device.h"
#include "fuzz.h"

#define THREADS 4
#define PROCESSES 2
#define FILES 8
#define MAPPINGS 8

/* Shared by the threads of a process, without any lock: that is the point. */
static volatile int files[FILES];
static volatile uint32_t endpoints[FILES];
static uint8_t *scratch;
static double end;

/* Counted by kind, so that a run shows what it has reached. */
static struct counts {
	volatile uint64_t calls, good, plugged, mapped;
} *counts;

struct mapping {
	uint8_t *memory;
	size_t bytes;
};

static int tracked(int ret)
{
	__atomic_add_fetch(&counts->calls, 1, __ATOMIC_RELAXED);
	if (ret >= 0)
		__atomic_add_fetch(&counts->good, 1, __ATOMIC_RELAXED);
	return ret;
}

static void open_one(struct fuzz *fuzz)
{
	unsigned int slot = fuzz_below(fuzz, FILES);
	int fd = open("/dev/pciem", fuzz_below(fuzz, 8) ? O_RDWR | O_CLOEXEC : O_RDONLY | O_CLOEXEC);
	int old = __atomic_exchange_n(&files[slot], fd, __ATOMIC_RELAXED);

	if (old > 0)
		close(old);
}

static void create(struct fuzz *fuzz, int fd, unsigned int slot)
{
	struct pciem_create create;

	fuzz_create(fuzz, &create);
	if (!tracked(ioctl(fd, PCIEM_CREATE, &create)))
		endpoints[slot] = create.endpoint;
}

/* Config space that enumerates, most of the time. */
static void fill(struct fuzz *fuzz, int fd)
{
	unsigned int function = fuzz_below(fuzz, 2), i;
	uint8_t *config = mmap(NULL, 5 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			       PCIEM_MMAP_SPACE(function, PCIEM_SPACE_CONFIG));

	if (config == MAP_FAILED)
		return;
	fuzz_config(fuzz, config);
	if (!fuzz_below(fuzz, 3))
		for (i = 0; i < 16; i++)
			config[fuzz_below(fuzz, 5 * 4096)] = fuzz_next(fuzz);
	munmap(config, 5 * 4096);
}

static void call_on_endpoint(struct fuzz *fuzz, int fd)
{
	switch (fuzz_below(fuzz, 11)) {
	case 0:
		if (!tracked(ioctl(fd, PCIEM_PLUG)))
			__atomic_add_fetch(&counts->plugged, 1, __ATOMIC_RELAXED);
		break;
	case 1:
		tracked(ioctl(fd, PCIEM_UNPLUG));
		break;
	case 2:
		fuzz_ioctl_complete(fuzz, fd);
		break;
	case 3:
	case 4:
		fuzz_ioctl_irq(fuzz, fd);
		break;
	case 5:
		fuzz_ioctl_irqfd(fuzz, fd);
		break;
	case 6:
	case 7:
		fuzz_ioctl_dma(fuzz, fd, scratch);
		break;
	case 8:
		fuzz_ioctl_mark(fuzz, fd, scratch);
		break;
	case 9:
		fuzz_ioctl_timeout(fuzz, fd);
		break;
	default:
		tracked(ioctl(fd, PCIEM_GET_STATS, scratch));
	}
}

static void attach_tap(struct fuzz *fuzz, int fd)
{
	struct pciem_tap tap = {
		.endpoint = fuzz_below(fuzz, 4) ? endpoints[fuzz_below(fuzz, FILES)] : fuzz_next(fuzz),
		.bytes = fuzz_below(fuzz, 6) ? 65536U << fuzz_below(fuzz, 4) : fuzz_next(fuzz),
		.flags = fuzz_below(fuzz, 8) ? fuzz_below(fuzz, 4) : fuzz_odd(fuzz),
		.snaplen = fuzz_below(fuzz, 2) ? 0 : fuzz_below(fuzz, 64),
	};

	tracked(ioctl(fd, PCIEM_TAP_ATTACH, &tap));
}

/* Any command with any argument, also those of other sizes. */
static void call_anything(struct fuzz *fuzz, int fd)
{
	static const unsigned long commands[] = {
		PCIEM_GET_API_VERSION, PCIEM_CREATE, PCIEM_PLUG, PCIEM_UNPLUG, PCIEM_COMPLETE,
		PCIEM_RAISE_IRQ, PCIEM_DMA, PCIEM_TAP_ATTACH, PCIEM_MARK, PCIEM_GET_STATS,
		PCIEM_IRQFD, PCIEM_DMA_ATOMIC, PCIEM_SET_TIMEOUT,
	};
	unsigned long command = commands[fuzz_below(fuzz, sizeof(commands) / sizeof(*commands))];
	unsigned long argument = (unsigned long)scratch + fuzz_below(fuzz, 4096);

	if (!fuzz_below(fuzz, 4))
		command ^= 1UL << fuzz_below(fuzz, 32);
	if (!fuzz_below(fuzz, 8))
		command = _IOC(fuzz_below(fuzz, 4), 'p', 0xe0 + fuzz_below(fuzz, 32),
			       fuzz_below(fuzz, 4096));
	if (!fuzz_below(fuzz, 4))
		argument = fuzz_odd(fuzz);
	tracked(ioctl(fd, command, argument));
}

static void map_something(struct fuzz *fuzz, int fd, struct mapping *mapping)
{
	uint64_t offset = fuzz_below(fuzz, 3) ?
		PCIEM_MMAP_SPACE(fuzz_below(fuzz, 3), fuzz_below(fuzz, 9)) : 0;
	size_t bytes = 4096UL << fuzz_below(fuzz, 8);

	if (!fuzz_below(fuzz, 4))
		offset = fuzz_odd(fuzz) & ~4095ULL;
	if (!fuzz_below(fuzz, 8))
		offset = PCIEM_MMAP_DMA(fuzz_below(fuzz, 9), fuzz_odd(fuzz) & ~4095ULL);
	if (!fuzz_below(fuzz, 4))
		offset += 4096ULL * fuzz_below(fuzz, 8);
	if (!fuzz_below(fuzz, 4))
		bytes = fuzz_below(fuzz, 1 << 22) + 1;
	if (mapping->memory)
		munmap(mapping->memory, mapping->bytes);
	mapping->bytes = bytes;
	mapping->memory = mmap(NULL, bytes,
			       fuzz_below(fuzz, 4) ? PROT_READ | PROT_WRITE : fuzz_below(fuzz, 8),
			       fuzz_below(fuzz, 4) ? MAP_SHARED : MAP_PRIVATE, fd, offset);
	if (mapping->memory == MAP_FAILED)
		mapping->memory = NULL;
	else
		__atomic_add_fetch(&counts->mapped, 1, __ATOMIC_RELAXED);
}

/* The kernel reads these tables and rings: it must not trust a byte. */
static void scribble(struct fuzz *fuzz, const struct mapping *mapping)
{
	unsigned int i;

	for (i = 0; i < 8; i++) {
		uint64_t value = fuzz_odd(fuzz);
		size_t at = fuzz_below(fuzz, 2) ? fuzz_below(fuzz, 256) : fuzz_next(fuzz);
		struct iovec from = { &value, 1 + fuzz_below(fuzz, 8) };
		struct iovec to = { mapping->memory + at % mapping->bytes, from.iov_len };

		/* Not by a store: the mapping may be read-only, or too long. */
		if (process_vm_writev(getpid(), &from, 1, &to, 1, 0) < 0)
			break;
	}
}

static void wait_a_little(struct fuzz *fuzz, int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = fuzz_next(fuzz) };

	tracked(poll(&poll_fd, 1, fuzz_below(fuzz, 3)));
	tracked(read(fd, scratch, 64));
	tracked(write(fd, scratch, 64));
}

static void step(struct fuzz *fuzz, struct mapping *mappings)
{
	unsigned int slot = fuzz_below(fuzz, FILES);
	struct mapping *mapping = &mappings[fuzz_below(fuzz, MAPPINGS)];
	int fd = files[slot];

	switch (fuzz_below(fuzz, 24)) {
	case 0:
	case 1:
		open_one(fuzz);
		break;
	case 2:
	case 3:
		create(fuzz, fd, slot);
		break;
	case 4:
	case 5:
		fill(fuzz, fd);
		break;
	case 6:
		attach_tap(fuzz, fd);
		break;
	case 7:
	case 8:
		call_anything(fuzz, fd);
		break;
	case 9:
	case 10:
		map_something(fuzz, fd, mapping);
		break;
	case 11:
	case 12:
		if (mapping->memory)
			scribble(fuzz, mapping);
		break;
	case 13:
		wait_a_little(fuzz, fd);
		break;
	default:
		call_on_endpoint(fuzz, fd);
	}
}

static void *run_thread(void *data)
{
	struct fuzz *fuzz = data;
	struct mapping mappings[MAPPINGS] = { 0 };

	while (now() < end)
		step(fuzz, mappings);
	return NULL;
}

static void run_process(uint64_t seed)
{
	static struct fuzz fuzzes[THREADS];
	pthread_t threads[THREADS];
	unsigned int i;

	scratch = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (i = 0; i < FILES; i++)
		files[i] = open("/dev/pciem", O_RDWR | O_CLOEXEC);
	for (i = 0; i < THREADS; i++) {
		fuzzes[i].state = seed * THREADS + i;
		if (pthread_create(&threads[i], NULL, run_thread, &fuzzes[i]))
			fail("no thread");
	}
	/* Most processes end in the middle of what they do. */
	if (seed % 4) {
		pause_ms(200 + seed % 7 * 300);
		raise(SIGKILL);
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	exit(0);
}

static void start_process(uint64_t seed)
{
	pid_t child = fork();

	if (child < 0)
		fail("fork");
	if (!child)
		run_process(seed);
}

static void check_that_a_device_works(void)
{
	struct device device;

	device_create(&device, 2000);
	device_plug(&device);
	device_wait(&device.plugged, "plugged");
	device_wait(&device.bound, "bound");
	if (driver_ask(&device, "r4 10") != 0x55667788)
		fail("a wrong value");
	device_unplug(&device);
	device_close(&device);
	wait_until_gone(device.domain, 60);
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? atof(argv[1]) : 10;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : (uint64_t)(now() * 1e6);
	uint64_t next = seed;
	int status;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("seed %llu\n", (unsigned long long)seed);
	counts = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	end = now() + seconds;
	while (next < seed + PROCESSES)
		start_process(next++);
	while (wait(&status) > 0) {
		if (WIFEXITED(status) && WEXITSTATUS(status))
			fail("a process has failed");
		if (now() < end)
			start_process(next++);
	}
	printf("%llu calls, %llu succeeded; %llu plugged, %llu mappings; %llu processes\n",
	       (unsigned long long)counts->calls, (unsigned long long)counts->good,
	       (unsigned long long)counts->plugged, (unsigned long long)counts->mapped,
	       (unsigned long long)(next - seed));
	if (!counts->plugged || !counts->mapped || !counts->good)
		fail("the calls have reached nothing");
	check_that_a_device_works();
	return 0;
}
