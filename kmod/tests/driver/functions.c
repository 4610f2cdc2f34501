// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's own functions for memory of devices, at all alignments, and
 * across the end of a BAR.
 */
#include <linux/io.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/bitops.h>
#include <linux/string.h>

#include "test.h"

#define PLACE		0x1400	/* in BAR 0, memory */
#define LENGTH_MAX	72

static void fill(u8 *bytes, unsigned int length, u8 seed)
{
	unsigned int i;

	for (i = 0; i < length; i++)
		bytes[i] = seed + i * 11;
}

static bool bar_is(struct test_device *test, u64 offset, const u8 *bytes, unsigned int length)
{
	unsigned int i;

	for (i = 0; i < length; i++)
		if (readb(test->bar + offset + i) != bytes[i])
			return false;
	return true;
}

/* One length at one alignment; what is before and behind must not change. */
static void check_copies(struct test_device *test, unsigned int at, unsigned int length)
{
	void *plain = (void __force *)(test->bar + PLACE + at);
	u8 model[LENGTH_MAX + 24], in[LENGTH_MAX];

	fill(model, sizeof(model), 0x31);
	memcpy_toio(test->bar + PLACE, model, sizeof(model));
	test_check(test, bar_is(test, PLACE, model, sizeof(model)), "memcpy_toio, whole");

	fill(model + at, length, 0xc5);
	memcpy_toio(test->bar + PLACE + at, model + at, length);
	test_check(test, bar_is(test, PLACE, model, sizeof(model)), "memcpy_toio +%u, %u", at,
		   length);
	memcpy_fromio(in, test->bar + PLACE + at, length);
	test_check(test, !memcmp(in, model + at, length), "memcpy_fromio +%u, %u", at, length);

	memset(model + at, 0x5a, length);
	memset_io(test->bar + PLACE + at, 0x5a, length);
	test_check(test, bar_is(test, PLACE, model, sizeof(model)), "memset_io +%u, %u", at,
		   length);

	/* As code does that has its memory from memremap(). */
	fill(in, length, 0x77);
	memcpy(plain, in, length);
	memcpy(model + at, in, length);
	test_check(test, bar_is(test, PLACE, model, sizeof(model)), "memcpy to +%u, %u", at,
		   length);
	memset(in, 0, length);
	memcpy(in, plain, length);
	test_check(test, !memcmp(in, model + at, length), "memcpy from +%u, %u", at, length);
	memmove(plain + 3, plain, length);
	memmove(model + at + 3, model + at, length);
	test_check(test, bar_is(test, PLACE, model, sizeof(model)), "memmove +%u, %u", at, length);
	memset(plain, 0x99, length);
	memset(model + at, 0x99, length);
	test_check(test, bar_is(test, PLACE, model, sizeof(model)), "memset +%u, %u", at, length);
}

static void check_accessors(struct test_device *test)
{
	void __iomem *at = test->bar + PLACE;

	writeq(0x1122334455667788ULL, at);
	test_check(test, ioread8(at + 1) == 0x77, "ioread8");
	test_check(test, ioread16(at + 1) == 0x6677, "ioread16");
	test_check(test, ioread16be(at) == 0x8877, "ioread16be");
	test_check(test, ioread32(at + 2) == 0x33445566, "ioread32");
	test_check(test, ioread32be(at) == 0x88776655, "ioread32be");
	test_check(test, ioread64(at) == 0x1122334455667788ULL, "ioread64");
	test_check(test, readb_relaxed(at + 7) == 0x11, "readb_relaxed");
	test_check(test, readw_relaxed(at + 6) == 0x1122, "readw_relaxed");
	test_check(test, readl_relaxed(at + 4) == 0x11223344, "readl_relaxed");
	test_check(test, readq_relaxed(at) == 0x1122334455667788ULL, "readq_relaxed");
	test_check(test, __raw_readl(at) == 0x55667788, "__raw_readl");
	iowrite8(0xa1, at);
	iowrite16(0xb2b3, at + 2);
	iowrite16be(0xb4b5, at + 4);
	test_check(test, readq(at) == 0x1122b5b4b2b377a1ULL, "iowrite8, iowrite16");
	iowrite32(0xc1c2c3c4, at);
	iowrite32be(0xd1d2d3d4, at + 4);
	test_check(test, readq(at) == 0xd4d3d2d1c1c2c3c4ULL, "iowrite32");
	iowrite64(0x0102030405060708ULL, at);
	test_check(test, readq(at) == 0x0102030405060708ULL, "iowrite64");
	writeb_relaxed(0xe1, at + 7);
	writew_relaxed(0xe2e3, at + 4);
	writel_relaxed(0xe4e5e6e7, at);
	test_check(test, readq(at) == 0xe102e2e3e4e5e6e7ULL, "writel_relaxed");
}

/* A register that is a FIFO: the same address again and again. */
static void check_repeated(struct test_device *test)
{
	static const u32 out[4] = { 1, 2, 3, 0x40404040 };
	void __iomem *at = test->bar + PLACE;
	u32 in[4];
	u16 half[4];
	u8 bytes[4];

	iowrite32_rep(at, out, ARRAY_SIZE(out));
	ioread32_rep(at, in, ARRAY_SIZE(in));
	test_check(test, in[0] == 0x40404040 && in[3] == 0x40404040, "ioread32_rep");
	ioread16_rep(at, half, ARRAY_SIZE(half));
	test_check(test, half[0] == 0x4040 && half[3] == 0x4040, "ioread16_rep");
	ioread8_rep(at, bytes, ARRAY_SIZE(bytes));
	test_check(test, bytes[0] == 0x40 && bytes[3] == 0x40, "ioread8_rep");
	readsl(at, in, ARRAY_SIZE(in));
	test_check(test, in[0] == 0x40404040 && in[3] == 0x40404040, "readsl");
	writesl(at, out, 3);
	test_check(test, readl(at) == 3, "writesl");
	iowrite16_rep(at, out, 2);
	iowrite8_rep(at, out, 1);
	test_check(test, readl(at) == 1, "iowrite16_rep, iowrite8_rep");
}

static void check_bits(struct test_device *test)
{
	unsigned long *word = (unsigned long __force *)(test->bar + PLACE);

	writeq(0, test->bar + PLACE);
	set_bit(37, word);
	__set_bit(2, word);
	change_bit(3, word);
	test_check(test, readq(test->bar + PLACE) == 0x200000000cULL, "set_bit, change_bit");
	test_check(test, test_and_clear_bit(37, word), "test_and_clear_bit");
	test_check(test, !test_and_set_bit(36, word), "test_and_set_bit");
	test_check(test, test_bit(36, word) && !test_bit(37, word), "test_bit");
	test_check(test, xchg(word, 5) == 0x100000000cUL, "xchg");
	test_check(test, cmpxchg(word, 5, 6) == 5 && cmpxchg(word, 5, 7) == 6, "cmpxchg");
	test_check(test, readq(test->bar + PLACE) == 6, "cmpxchg: memory");
}

/* The end of one BAR and the beginning of the next, or of nobody's. */
static void check_across_the_end(struct test_device *test)
{
	struct pci_dev *pdev = test->pdev;
	bool neighbours = pci_resource_end(pdev, 0) + 1 == pci_resource_start(pdev, 2);
	void __iomem *span = ioremap(pci_resource_start(pdev, 0), 2 * TEST_BAR_SIZE);
	void __iomem *end = span + TEST_BAR_SIZE - 32;
	u8 out[64], in[64];

	if (!test_check(test, span, "no mapping across two BARs"))
		return;
	fill(out, sizeof(out), 7);
	memcpy_toio(end, out, sizeof(out));
	memcpy_fromio(in, end, sizeof(in));
	if (!neighbours)
		memset(out + 32, 0xff, 32);
	test_check(test, !memcmp(in, out, sizeof(in)), "memcpy_fromio across the end of a BAR");
	memset_io(end, 0, sizeof(in));
	memcpy_fromio(in, end, sizeof(in));
	test_check(test, !memchr_inv(in, 0, 32), "memset_io before the end");
	test_check(test, !memchr_inv(in + 32, neighbours ? 0 : 0xff, 32), "and behind it");
	iounmap(span);
}

void test_all_functions(struct test_device *test)
{
	unsigned int at, length;

	for (at = 0; at < 9; at += 3)
		for (length = 0; length <= LENGTH_MAX - 8; length += length < 18 ? 1 : 23)
			check_copies(test, at, length);
	check_accessors(test);
	check_repeated(test);
	check_bits(test);
	check_across_the_end(test);
}
