/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PCIEM_TEST_H
#define PCIEM_TEST_H

#include <linux/atomic.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/types.h>

struct test_thread;
struct test_device;

/* What happened to one interrupt vector. */
struct test_vector {
	struct test_device *test;
	atomic_t count;
	u32 cpus;		/* on which it was handled, a bit each */
	u32 seen;		/* what the handler read last */
};

#define TEST_MAX_VECTORS	32

struct test_device {
	struct pci_dev *pdev;
	void __iomem *bar;
	struct dentry *dir;
	struct mutex lock;	/* one command at a time */
	u64 result;
	atomic_t irqs;
	int vectors;
	struct test_vector vector[TEST_MAX_VECTORS];
	u32 handler_reads;	/* register that the handler reads; 0 for none */
	struct test_thread *threads;
	unsigned int num_threads;
	u64 flood_offset;
	void *buffer;
	dma_addr_t bus;
	size_t mapped;
	struct test_text *report;
	struct test_text *expected;
	u64 passed;
	u64 failed;
};

/*
 * The function that runs all forms, 1234:7e58 (test/vm/devices/forms.ts): BAR 0
 * answers each access to its first page from user space; behind it and in
 * BAR 2 there is memory.
 */
#define TEST_FORWARDED		0x0
#define TEST_FORWARDED_END	0x1000
#define TEST_MEMORY		0x1000
#define TEST_BAR_SIZE		0x4000

/* log.c */
struct test_text *test_text_alloc(void);
void test_text_free(struct test_text *text);
void test_text_create(const char *name, struct dentry *dir, struct test_text *text);
__printf(2, 3) void test_print(struct test_text *text, const char *format, ...);
__printf(3, 4) bool test_check(struct test_device *test, bool good, const char *format, ...);

/* log.c: accesses that the device has to see, if it sees any at @offset */
void test_expect(struct test_device *test, char what, u64 offset, unsigned int size, u64 value);
void test_write(struct test_device *test, u64 offset, u64 value);
u64 test_read(struct test_device *test, u64 offset);

/* threads.c */
int test_hammer(struct test_device *test);
int test_flood(struct test_device *test, u64 offset, u64 milliseconds);
u64 test_threads_stop(struct test_device *test);

/* Each returns nothing: what it found is in the report. */
void test_all_forms(struct test_device *test, u64 offset, bool atomic);
void test_all_strings(struct test_device *test, u64 offset, bool atomic);
void test_all_mappings(struct test_device *test);
void test_all_functions(struct test_device *test);

#endif /* PCIEM_TEST_H */
