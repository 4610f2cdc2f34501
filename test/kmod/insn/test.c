// SPDX-License-Identifier: GPL-2.0-only
#include <assert.h>
#include <stdarg.h>

#include "test.h"

unsigned int tests_passed, tests_failed;

/* The bytes as text, valid until the next call. */
const char *hex(const u8 *bytes, size_t n)
{
	static char text[3 * 16 + 1];
	size_t i;

	for (i = 0; i < n && i < 16; i++)
		sprintf(text + 3 * i, "%02x ", bytes[i]);
	return text;
}

/* Reports that @test fails for the instruction @bytes. */
void problem(struct test *test, const u8 *bytes, const char *format, ...)
{
	va_list args;

	if (test->problems++ >= MAX_SHOWN)
		return;
	printf("  ");
	if (bytes)
		printf("%s: ", hex(bytes, PCIEM_INSN_MAX_LENGTH));
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
}

/* Prints the line of @test and counts it. A test without cases has failed. */
void finish(struct test *test, const char *format, ...)
{
	bool failed = test->problems || !test->cases;
	va_list args;

	printf("%s - ", failed ? "not ok" : "ok");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf(" (%lu cases", test->cases);
	if (test->problems)
		printf(", %lu wrong", test->problems);
	printf(")\n");
	fflush(stdout);
	if (failed)
		tests_failed++;
	else
		tests_passed++;
	*test = (struct test){ 0 };
}

bool is_prefix(u8 byte)
{
	return byte >> 4 == 4 || (byte & 0xe7) == 0x26 || byte >> 2 == 0x64 >> 2 ||
	       byte == 0xf0 || byte == 0xf2 || byte == 0xf3;
}

/* The first byte of the opcode. */
const u8 *skip_prefixes(const u8 *bytes)
{
	while (is_prefix(*bytes))
		bytes++;
	return bytes;
}

const char *op_name(u8 op)
{
	static const char * const names[] = {
		"refused", "load", "store", "store immediate", "movzx", "movsx", "movbe load",
		"movbe store", "cmov", "setcc", "movs", "stos", "lods", "cmps", "scas", "add", "or",
		"adc", "sbb", "and", "sub", "xor", "cmp", "test", "inc", "dec", "not", "neg", "rol",
		"ror", "rcl", "rcr", "shl", "shr", "sal", "sar", "imul", "xchg", "xadd", "cmpxchg",
		"bt", "bts", "btr", "btc",
	};

	static_assert(ARRAY_SIZE(names) == PCIEM_INSN_BTC + 1, "a name each");
	return names[op];
}

/* Prints the last line; the result is the exit status. */
int summary(void)
{
	printf("%u passed, %u failed\n", tests_passed, tests_failed);
	return tests_failed != 0;
}
