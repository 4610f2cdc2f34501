#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "device.h"

static int open_file(const struct device *device, const char *name, int flags)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/kernel/debug/pciem-test/%x:00:00.0/%s", device->domain,
		 name);
	return open(path, flags | O_CLOEXEC);
}

static int command(const struct device *device, const char *format, va_list arguments)
{
	char text[64];
	int length = vsnprintf(text, sizeof(text), format, arguments);
	int fd = open_file(device, "command", O_WRONLY);
	int ret = fd < 0 || write(fd, text, length) != length ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return ret;
}

int driver_command(const struct device *device, const char *format, ...)
{
	va_list arguments;
	int ret;

	va_start(arguments, format);
	ret = command(device, format, arguments);
	va_end(arguments);
	return ret;
}

uint64_t driver_result(const struct device *device)
{
	char text[64] = "";
	int fd = open_file(device, "result", O_RDONLY);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		fail("no result of the driver: %s", strerror(errno));
	close(fd);
	return strtoull(text, NULL, 16);
}

/* A command that must not fail, and its result. */
uint64_t driver_ask(const struct device *device, const char *format, ...)
{
	va_list arguments;
	int ret;

	va_start(arguments, format);
	ret = command(device, format, arguments);
	va_end(arguments);
	if (ret)
		fail("command \"%s\": %s", format, strerror(-ret));
	return driver_result(device);
}

bool domain_exists(uint32_t domain)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/devices/pci%x:00", domain);
	return access(path, F_OK) == 0;
}

void wait_until_gone(uint32_t domain, unsigned int seconds)
{
	double end = now() + seconds;

	while (domain_exists(domain)) {
		if (now() > end)
			fail("domain %x is still there after %u s", domain, seconds);
		pause_ms(1);
	}
}
