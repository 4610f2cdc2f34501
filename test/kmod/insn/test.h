/* SPDX-License-Identifier: GPL-2.0-only */
/* What the decoder's test programs share: counting and printing. */
#ifndef INSN_TEST_H
#define INSN_TEST_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../../kmod/insn.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define __printf(string, first) __attribute__((format(printf, string, first)))

/* Problems printed in full for each test. */
#define MAX_SHOWN 5

extern unsigned int tests_passed, tests_failed;

/* One test: its problems are printed as they come, up to MAX_SHOWN. */
struct test {
	unsigned long cases;
	unsigned long problems;
};

/* xorshift64*: the same values in each run. */
static inline u64 next_random(u64 *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL;
}

const char *hex(const u8 *bytes, size_t n);
void __printf(3, 4) problem(struct test *test, const u8 *bytes, const char *format, ...);
void __printf(2, 3) finish(struct test *test, const char *format, ...);
bool is_prefix(u8 byte);
const u8 *skip_prefixes(const u8 *bytes);
const char *op_name(u8 op);
int summary(void);

#endif /* INSN_TEST_H */
