/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices of the tests: what a program needs to be the device side of an
 * endpoint, and to have the driver kmod/tests/features do things to it.
 */
#ifndef PCIEM_TESTS_DEVICE_H
#define PCIEM_TESTS_DEVICE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "../../../kmod/include/uapi/linux/pciem.h"

#define MAX_BARS 6

/**
 * struct device - one endpoint, served by a thread
 * @bar_size: bytes of each BAR, by function; 0 if absent
 * @bar: mapping of each BAR: its tables, or its memory
 * @config: tables of config space
 * @on_write: called for each write that is told; @on_read: answers a forwarded read
 * @tap_flags: for device_attach_tap()
 * @power: last power state told; @resets: how many resets, @reset: the last one
 */
struct device {
	int fd;
	struct pciem_create create;
	struct pciem_ring *ring;
	struct pciem_record *records;
	uint8_t *bar[PCIEM_MAX_FUNCTIONS][MAX_BARS];
	uint8_t *rom;
	uint8_t *config[PCIEM_MAX_FUNCTIONS];
	pthread_t thread;
	void (*on_write)(struct device *device, const struct pciem_record *record);
	uint64_t (*on_read)(struct device *device, const struct pciem_record *record);
	atomic_bool stop;
	atomic_int plugged, bound, unplugged, writes, reads, resets, reset, power;
	int tap;
	uint32_t tap_flags;
	struct pciem_tap_ring *tap_ring;
	uint64_t tap_next;
};

/* Fills in identity, BARs and a PM and PCI Express capability; then change what you like. */
void device_init(struct device *device, const char *name, unsigned int functions);
void device_bar(struct device *device, unsigned int fn, unsigned int bar, uint32_t kind,
		uint64_t size, uint32_t flags);
/* Makes the endpoint and maps it; false and errno if the module refuses. */
bool device_create(struct device *device);
/* Puts it on the bus and waits for the driver of the tests. */
bool device_plug(struct device *device);
void device_unplug(struct device *device);
void device_close(struct device *device);
bool device_attach_tap(struct device *device);
/* The next event, which stays valid until the next call; NULL after a second without one. */
const struct pciem_event *device_next_event(struct device *device);
/* The next one of a kind. */
const struct pciem_event *device_event(struct device *device, unsigned int kind);
/* Another completion timeout, 0 for none; false and errno if it is refused. */
bool device_set_timeout(struct device *device, uint32_t us);
struct pciem_stats device_stats(struct device *device);
/* One DMA access; returns its status. */
unsigned int device_dma(struct device *device, uint64_t address, void *buffer, uint32_t length,
			bool write);
/* A file of the function in sysfs. */
int device_sysfs(struct device *device, unsigned int fn, const char *file, int flags);
/* Has the driver carry out a command; 0 or an errno. device_result(): what came of it. */
int device_command(struct device *device, unsigned int fn, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
uint64_t device_result(struct device *device, unsigned int fn);

void put16(uint8_t *at, uint16_t value);
void put32(uint8_t *at, uint32_t value);
uint32_t get32(const uint8_t *at);

/* What the tests of a run have in common: test.c */
void check(bool ok, const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
#define CHECK(ok, ...) check(ok, __FILE__, __LINE__, __VA_ARGS__)
bool wait_for(atomic_int *flag, int value);

#endif
