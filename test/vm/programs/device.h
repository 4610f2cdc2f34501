/* A device of BAR 0 with a few registers, in C: for tests that need speed, or to be killed. */
#ifndef PCIEM_TEST_DEVICE_H
#define PCIEM_TEST_DEVICE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <linux/pciem.h>

#define BAR_SIZE 16384

/* Registers of kmod/tests/driver. */
#define REG_FORWARDED 0x10	/* the device answers reads */
#define REG_SILENT 0x18		/* and these it does not answer */
#define REG_NOTIFY 0x20
#define REG_ACKNOWLEDGE 0x3c
#define REG_PLAIN 0x40

struct device {
	int fd;
	uint32_t domain;
	uint32_t endpoint;
	struct pciem_ring *ring;
	struct pciem_record *records;
	uint64_t ring_bytes;
	uint8_t *bar;
	uint8_t *config;
	pthread_t worker;
	bool running;
	volatile bool stop;
	volatile bool plugged;
	volatile bool bound;
	volatile bool unplugged;
	volatile int64_t plug_result;
	volatile uint64_t writes;
	volatile uint64_t reads;
};

/* How many MSI-X vectors the device has. */
#define VECTORS 32

/* Each exits with a message if something fails that must not. */
void device_create(struct device *device, unsigned int timeout_ms);
void device_plug(struct device *device);
void device_wait(volatile bool *flag, const char *what);
void device_unplug(struct device *device);
void device_close(struct device *device);
int device_raise(struct device *device, unsigned int vector);

/* kmod/tests/driver: a command, and its result. */
int driver_command(const struct device *device, const char *format, ...);
uint64_t driver_result(const struct device *device);
uint64_t driver_ask(const struct device *device, const char *format, ...);

/* Is there a PCI domain of this number? */
bool domain_exists(uint32_t domain);
void wait_until_gone(uint32_t domain, unsigned int seconds);

double now(void);
void pause_ms(double ms);
void fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif
