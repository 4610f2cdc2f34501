#define _GNU_SOURCE
#include "device.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define CONFIG_SIZE 4096

void fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fprintf(stderr, "failed: ");
	vfprintf(stderr, format, arguments);
	fprintf(stderr, "\n");
	va_end(arguments);
	exit(1);
}

double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

void pause_ms(double ms)
{
	struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms * 1e6) % 1000000000 };

	nanosleep(&time, NULL);
}

static void put16(uint8_t *at, uint16_t value)
{
	memcpy(at, &value, sizeof(value));
}

static void put32(uint8_t *at, uint32_t value)
{
	memcpy(at, &value, sizeof(value));
}

/* Config space: image, then write masks; MSI-X at 0x40, its table at the end of the BAR. */
static void fill_config(uint8_t *config)
{
	uint8_t *mask = config + CONFIG_SIZE;

	put16(config + 0x00, 0x1234);
	put16(config + 0x02, 0x7e57);
	put16(config + 0x06, 0x10);
	config[0x0b] = 0xff;
	config[0x34] = 0x40;
	put32(config + 0x10, 4);
	put16(mask + 0x04, 0x0407);
	mask[0x0c] = 0xff;
	mask[0x3c] = 0xff;
	put32(mask + 0x10, ~(BAR_SIZE - 1));
	put32(mask + 0x14, ~0U);
	config[0x40] = 0x11;
	put16(config + 0x42, VECTORS - 1);
	put32(config + 0x44, 0x2000);
	put32(config + 0x48, 0x3000);
	put16(mask + 0x42, 0xc000);
}

/* Four of the register's bytes. */
static void set_flags(uint8_t *bar, unsigned int offset, uint8_t flags)
{
	memset(bar + 4 * BAR_SIZE + offset, flags, 4);
}

static void fill_bar(uint8_t *bar)
{
	set_flags(bar, REG_FORWARDED, PCIEM_BYTE_FORWARD);
	set_flags(bar, REG_SILENT, PCIEM_BYTE_FORWARD);
	set_flags(bar, REG_NOTIFY, PCIEM_BYTE_NOTIFY);
	set_flags(bar, REG_ACKNOWLEDGE, PCIEM_BYTE_NOTIFY);
	memset(bar + BAR_SIZE + 0x100, 0xff, 0x1000);
}

static void *map(int fd, uint64_t bytes, uint64_t offset)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);

	if (memory == MAP_FAILED)
		fail("mmap of %llu bytes at %#llx: %s", (unsigned long long)bytes,
		     (unsigned long long)offset, strerror(errno));
	return memory;
}

void device_create(struct device *device, unsigned int timeout_ms)
{
	struct pciem_create create = {
		.num_functions = 1,
		.ring_entries = 256,
		.completion_timeout_us = timeout_ms * 1000,
		.name = "torture",
	};

	memset(device, 0, sizeof(*device));
	create.functions[0].bars[0] = (struct pciem_bar){
		.size = BAR_SIZE,
		.kind = PCIEM_BAR_TRAPPED,
		.flags = PCIEM_BAR_64BIT,
	};
	device->fd = open("/dev/pciem", O_RDWR | O_CLOEXEC);
	if (device->fd < 0)
		fail("/dev/pciem: %s", strerror(errno));
	if (ioctl(device->fd, PCIEM_CREATE, &create))
		fail("PCIEM_CREATE: %s", strerror(errno));
	device->domain = create.domain;
	device->endpoint = create.endpoint;
	device->ring_bytes = create.ring_bytes;
	device->ring = map(device->fd, create.ring_bytes, PCIEM_MMAP_RING);
	device->records = (void *)((char *)device->ring + 4096);
	device->bar = map(device->fd, 5 * BAR_SIZE, PCIEM_MMAP_SPACE(0, 0));
	device->config = map(device->fd, 5 * CONFIG_SIZE,
			     PCIEM_MMAP_SPACE(0, PCIEM_SPACE_CONFIG));
	fill_config(device->config);
	fill_bar(device->bar);
}

static void answer(struct device *device, const struct pciem_record *record)
{
	struct pciem_complete complete = {
		.seq = record->seq,
		.tag = record->tag,
		.value = 0x1122334455667788ULL,
	};

	device->reads++;
	if (record->offset == REG_SILENT)
		return;
	if (ioctl(device->fd, PCIEM_COMPLETE, &complete) && errno != ESTALE)
		fail("PCIEM_COMPLETE: %s", strerror(errno));
}

static void handle(struct device *device, const struct pciem_record *record)
{
	switch (record->kind) {
	case PCIEM_RECORD_PLUGGED:
		device->plug_result = (int64_t)record->value;
		device->plugged = true;
		break;
	case PCIEM_RECORD_UNPLUGGED:
		device->unplugged = true;
		break;
	case PCIEM_RECORD_BOUND:
		device->bound = true;
		break;
	case PCIEM_RECORD_WRITE:
		device->writes++;
		break;
	case PCIEM_RECORD_READ:
		answer(device, record);
		break;
	}
}

static void *work(void *data)
{
	struct device *device = data;
	struct pciem_ring *ring = device->ring;
	struct pollfd poll_fd = { .fd = device->fd, .events = POLLIN };

	while (!device->stop) {
		uint32_t tail = ring->tail;

		if (tail == __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE)) {
			poll(&poll_fd, 1, 100);
			continue;
		}
		handle(device, &device->records[tail % ring->entries]);
		__atomic_store_n(&ring->tail, tail + 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

void device_plug(struct device *device)
{
	if (pthread_create(&device->worker, NULL, work, device))
		fail("no thread");
	device->running = true;
	if (ioctl(device->fd, PCIEM_PLUG))
		fail("PCIEM_PLUG: %s", strerror(errno));
}

void device_wait(volatile bool *flag, const char *what)
{
	double end = now() + 60;

	while (!*flag) {
		if (now() > end)
			fail("not %s within 60 s", what);
		pause_ms(0.5);
	}
}

void device_unplug(struct device *device)
{
	if (ioctl(device->fd, PCIEM_UNPLUG))
		fail("PCIEM_UNPLUG: %s", strerror(errno));
	device_wait(&device->unplugged, "unplugged");
}

void device_close(struct device *device)
{
	device->stop = true;
	if (device->running)
		pthread_join(device->worker, NULL);
	munmap(device->ring, device->ring_bytes);
	munmap(device->bar, 5 * BAR_SIZE);
	munmap(device->config, 5 * CONFIG_SIZE);
	close(device->fd);
}

/* 0: delivered, 1: pending, -1: refused. */
int device_raise(struct device *device, unsigned int vector)
{
	struct pciem_irq irq = { .vector = vector };

	return ioctl(device->fd, PCIEM_RAISE_IRQ, &irq);
}
