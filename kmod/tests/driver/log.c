// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the tests find, and which accesses they make: two texts in debugfs. The
 * device writes down which accesses it sees; both lists have to be the same.
 */
#include <linux/debugfs.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "test.h"

#define TEXT_BYTES	(4U << 20)

struct test_text {
	size_t length;
	char bytes[TEXT_BYTES];
};

struct test_text *test_text_alloc(void)
{
	struct test_text *text = vmalloc(sizeof(*text));

	if (text)
		text->length = 0;
	return text;
}

void test_text_free(struct test_text *text)
{
	vfree(text);
}

static ssize_t text_read(struct file *file, char __user *user, size_t count, loff_t *offset)
{
	struct test_text *text = file->private_data;

	return simple_read_from_buffer(user, count, offset, text->bytes, text->length);
}

static const struct file_operations text_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = text_read,
	.llseek = default_llseek,
};

void test_text_create(const char *name, struct dentry *dir, struct test_text *text)
{
	debugfs_create_file(name, 0400, dir, text, &text_fops);
}

static __printf(2, 0) void print(struct test_text *text, const char *format, va_list arguments)
{
	text->length += vscnprintf(text->bytes + text->length, TEXT_BYTES - text->length, format,
				   arguments);
}

void test_print(struct test_text *text, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print(text, format, arguments);
	va_end(arguments);
}

/* Counts, and reports @format if @good is false. Returns @good. */
bool test_check(struct test_device *test, bool good, const char *format, ...)
{
	va_list arguments;

	if (good) {
		test->passed++;
		return true;
	}
	test->failed++;
	va_start(arguments, format);
	print(test->report, format, arguments);
	va_end(arguments);
	test_print(test->report, "\n");
	return false;
}

/* @what: 'r' or 'w'. */
void test_expect(struct test_device *test, char what, u64 offset, unsigned int size, u64 value)
{
	if (size < 8)
		value &= (1ULL << (size * 8)) - 1;
	if (offset < TEST_FORWARDED_END)
		test_print(test->expected, "%c %llx %u %llx\n", what, offset, size, value);
}

void test_write(struct test_device *test, u64 offset, u64 value)
{
	test_expect(test, 'w', offset, 8, value);
	writeq(value, test->bar + offset);
}

u64 test_read(struct test_device *test, u64 offset)
{
	u64 value = readq(test->bar + offset);

	test_expect(test, 'r', offset, 8, value);
	return value;
}
