// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "device.h"

#define TAP_BYTES (1 << 20)

void put16(uint8_t *at, uint16_t value)
{
	memcpy(at, &value, sizeof(value));
}

void put32(uint8_t *at, uint32_t value)
{
	memcpy(at, &value, sizeof(value));
}

uint32_t get32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

void device_init(struct device *device, const char *name, unsigned int functions)
{
	memset(device, 0, sizeof(*device));
	device->tap = -1;
	device->create.num_functions = functions;
	device->create.ring_entries = 1024;
	device->create.completion_timeout_us = 500000;
	snprintf(device->create.name, sizeof(device->create.name), "%s", name);
}

void device_bar(struct device *device, unsigned int fn, unsigned int bar, uint32_t kind,
		uint64_t size, uint32_t flags)
{
	device->create.functions[fn].bars[bar] =
		(struct pciem_bar){ .size = size, .kind = kind, .flags = flags };
}

static void *map(struct device *device, uint64_t offset, size_t length)
{
	void *at = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, device->fd, offset);

	if (at == MAP_FAILED) {
		fprintf(stderr, "mmap of %zu bytes at %#llx: %s\n", length,
			(unsigned long long)offset, strerror(errno));
		exit(1);
	}
	return at;
}

static void fill_bar(struct device *device, unsigned int fn, unsigned int i)
{
	const struct pciem_bar *bar = &device->create.functions[fn].bars[i];
	uint8_t *config = device->config[fn];
	uint32_t low = 0;

	if (!bar->size)
		return;
	if (bar->kind == PCIEM_BAR_IO)
		low |= 1;
	if (bar->flags & PCIEM_BAR_64BIT)
		low |= 4;
	if (bar->flags & PCIEM_BAR_PREFETCH)
		low |= 8;
	put32(config + 0x10 + 4 * i, low);
	put32(config + 4096 + 0x10 + 4 * i, ~(bar->size - 1));
	if (bar->flags & PCIEM_BAR_64BIT)
		put32(config + 4096 + 0x14 + 4 * i, ~(bar->size - 1) >> 32);
	device->bar[fn][i] = map(device, PCIEM_MMAP_SPACE(fn, i),
				 bar->kind == PCIEM_BAR_RAM ? bar->size : 5 * bar->size);
}

/* PM at 0x50, PCI Express at 0x60 with FLR. */
static void fill_config(struct device *device, unsigned int fn)
{
	uint8_t *config = map(device, PCIEM_MMAP_SPACE(fn, PCIEM_SPACE_CONFIG), 5 * 4096);
	uint8_t *writable = config + 4096;
	unsigned int i;

	device->config[fn] = config;
	put16(config + 0x00, 0x1234);
	put16(config + 0x02, 0x7e5a);
	put16(config + 0x06, 0x10);
	config[0x0b] = 0xff;
	config[0x0e] = device->create.num_functions > 1 ? 0x80 : 0;
	config[0x34] = 0x50;
	put16(writable + 0x04, 0x0407);
	writable[0x0c] = writable[0x3c] = 0xff;
	config[0x50] = 0x01;
	config[0x51] = 0x60;
	config[0x52] = 3;
	put16(config + 0x54, 0x0008);
	writable[0x54] = 3;
	config[0x60] = 0x10;
	put16(config + 0x62, 2);
	put32(config + 0x64, 1u << 28 | 1 << 15);
	put16(writable + 0x68, 0x7fff);
	put32(config + 0x6c, 0x11);
	put16(config + 0x72, 0x11);
	if (device->create.functions[fn].rom_size) {
		uint32_t size = device->create.functions[fn].rom_size;

		put32(writable + 0x30, ~(size - 1) | 1);
		device->rom = map(device, PCIEM_MMAP_SPACE(fn, PCIEM_SPACE_ROM), 5 * size);
	}
	for (i = 0; i < MAX_BARS; i++)
		fill_bar(device, fn, i);
}

bool device_create(struct device *device)
{
	unsigned int fn;

	device->fd = open("/dev/pciem", O_RDWR);
	if (device->fd < 0) {
		perror("/dev/pciem");
		exit(1);
	}
	if (ioctl(device->fd, PCIEM_CREATE, &device->create)) {
		close(device->fd);
		return false;
	}
	device->ring = map(device, PCIEM_MMAP_RING, device->create.ring_bytes);
	device->records = (void *)((char *)device->ring + 4096);
	for (fn = 0; fn < device->create.num_functions; fn++)
		fill_config(device, fn);
	return true;
}

static void answer(struct device *device, const struct pciem_record *record)
{
	struct pciem_complete complete = {
		.seq = record->seq,
		.tag = record->tag,
		.value = device->on_read ? device->on_read(device, record) : 0x55,
	};

	/* The driver, and the test with it, goes on as soon as it has its answer. */
	device->reads++;
	ioctl(device->fd, PCIEM_COMPLETE, &complete);
}

static void handle(struct device *device, const struct pciem_record *record)
{
	switch (record->kind) {
	case PCIEM_RECORD_WRITE:
		if (device->on_write)
			device->on_write(device, record);
		device->writes++;
		break;
	case PCIEM_RECORD_READ:
		answer(device, record);
		break;
	case PCIEM_RECORD_RESET:
		device->reset = record->value;
		device->resets++;
		break;
	case PCIEM_RECORD_PLUGGED:
		device->plugged = record->value ? -1 : 1;
		break;
	case PCIEM_RECORD_UNPLUGGED:
		device->unplugged = 1;
		break;
	case PCIEM_RECORD_BOUND:
		device->bound++;
		break;
	case PCIEM_RECORD_UNBOUND:
		device->bound--;
		break;
	case PCIEM_RECORD_POWER:
		device->power = record->value;
		break;
	}
}

static void *serve(void *data)
{
	struct device *device = data;

	while (!device->stop) {
		uint32_t tail = device->ring->tail;

		if (__atomic_load_n(&device->ring->head, __ATOMIC_ACQUIRE) == tail) {
			struct pollfd fd = { .fd = device->fd, .events = POLLIN };

			poll(&fd, 1, 100);
			continue;
		}
		handle(device, &device->records[tail % device->ring->entries]);
		__atomic_store_n(&device->ring->tail, tail + 1, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

bool device_plug(struct device *device)
{
	if (pthread_create(&device->thread, NULL, serve, device))
		return false;
	if (ioctl(device->fd, PCIEM_PLUG)) {
		device->stop = true;
		pthread_join(device->thread, NULL);
		return false;
	}
	return wait_for(&device->plugged, 1) &&
	       wait_for(&device->bound, device->create.num_functions);
}

void device_unplug(struct device *device)
{
	ioctl(device->fd, PCIEM_UNPLUG);
	CHECK(wait_for(&device->unplugged, 1), "unplugged");
}

void device_close(struct device *device)
{
	unsigned int fn, i;

	device->stop = true;
	pthread_join(device->thread, NULL);
	for (fn = 0; fn < device->create.num_functions; fn++) {
		munmap(device->config[fn], 5 * 4096);
		for (i = 0; i < MAX_BARS; i++) {
			const struct pciem_bar *bar = &device->create.functions[fn].bars[i];

			if (bar->size)
				munmap(device->bar[fn][i], bar->kind == PCIEM_BAR_RAM ?
				       bar->size : 5 * bar->size);
		}
	}
	if (device->rom)
		munmap(device->rom, 5 * device->create.functions[0].rom_size);
	munmap(device->ring, device->create.ring_bytes);
	if (device->tap >= 0) {
		munmap(device->tap_ring, 4096 + TAP_BYTES);
		close(device->tap);
	}
	close(device->fd);
}

bool device_attach_tap(struct device *device)
{
	struct pciem_tap tap = {
		.endpoint = device->create.endpoint,
		.flags = device->tap_flags,
		.bytes = TAP_BYTES,
	};

	device->tap = open("/dev/pciem", O_RDWR);
	if (device->tap < 0 || ioctl(device->tap, PCIEM_TAP_ATTACH, &tap))
		return false;
	device->tap_ring = mmap(NULL, tap.map_bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
				device->tap, PCIEM_MMAP_RING);
	return device->tap_ring != MAP_FAILED;
}

const struct pciem_event *device_next_event(struct device *device)
{
	struct pciem_tap_ring *ring = device->tap_ring;
	const struct pciem_event *event;
	int tries = 100;

	__atomic_store_n(&ring->tail, device->tap_next, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&ring->head, __ATOMIC_ACQUIRE) == device->tap_next) {
		if (!tries--)
			return NULL;
		usleep(10000);
	}
	event = (void *)((char *)ring + 4096 + device->tap_next % TAP_BYTES);
	device->tap_next += event->length;
	CHECK(event->kind == PCIEM_EVENT_PAD || !event->caller ||
	      (device->tap_flags & PCIEM_TAP_CALLERS), "a caller that nobody asked for");
	return event;
}

const struct pciem_event *device_event(struct device *device, unsigned int kind)
{
	const struct pciem_event *event;

	do {
		event = device_next_event(device);
	} while (event && event->kind != kind);
	return event;
}

bool device_set_timeout(struct device *device, uint32_t us)
{
	struct pciem_timeout timeout = { .completion_timeout_us = us };

	return !ioctl(device->fd, PCIEM_SET_TIMEOUT, &timeout);
}

struct pciem_stats device_stats(struct device *device)
{
	struct pciem_stats stats = {};

	ioctl(device->fd, PCIEM_GET_STATS, &stats);
	return stats;
}

unsigned int device_dma(struct device *device, uint64_t address, void *buffer, uint32_t length,
			bool write)
{
	struct pciem_dma_op op = {
		.address = address,
		.buffer = (uintptr_t)buffer,
		.length = length,
		.flags = write ? PCIEM_DMA_WRITE : 0,
	};
	struct pciem_dma dma = { .ops = (uintptr_t)&op, .count = 1 };

	return ioctl(device->fd, PCIEM_DMA, &dma) ? ~0u : op.status;
}

int device_sysfs(struct device *device, unsigned int fn, const char *file, int flags)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%x:00:00.%u/%s", device->create.domain,
		 fn, file);
	return open(path, flags);
}

static int debugfs(struct device *device, unsigned int fn, const char *file, int flags)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/kernel/debug/pciem-features/%x:00:00.%u/%s",
		 device->create.domain, fn, file);
	return open(path, flags);
}

int device_command(struct device *device, unsigned int fn, const char *format, ...)
{
	int fd = debugfs(device, fn, "command", O_WRONLY);
	char text[80];
	va_list arguments;
	int ret;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	ret = write(fd, text, strlen(text)) < 0 ? errno : 0;
	close(fd);
	return ret;
}

uint64_t device_result(struct device *device, unsigned int fn)
{
	int fd = debugfs(device, fn, "result", O_RDONLY);
	char text[32] = "";

	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = 0;
	close(fd);
	return strtoull(text, NULL, 16);
}
