// SPDX-License-Identifier: GPL-2.0-only
/* Resets and power states; many functions, many devices. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "device.h"
#include "tests.h"

#define DEVICES 16

static bool start(struct device *device, const char *name, unsigned int functions)
{
	unsigned int fn;

	device_init(device, name, functions);
	for (fn = 0; fn < functions; fn++)
		device_bar(device, fn, 0, PCIEM_BAR_TRAPPED, 4096, fn & 1 ? PCIEM_BAR_64BIT : 0);
	if (!device_create(device)) {
		CHECK(false, "create: %s", strerror(errno));
		return false;
	}
	for (fn = 0; fn < functions; fn++)
		put32(device->bar[fn][0], device->create.domain << 8 | fn);
	CHECK(device_plug(device), "plug: %d bound", device->bound);
	return true;
}

static bool put(struct device *device, unsigned int fn, const char *file, const char *text)
{
	int fd = device_sysfs(device, fn, file, O_WRONLY);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	close(fd);
	return ok;
}

void test_reset(void)
{
	struct device device;
	char methods[64] = "";
	int fd;

	if (!start(&device, "reset", 1))
		return;
	fd = device_sysfs(&device, 0, "reset_method", O_RDONLY);
	CHECK(read(fd, methods, sizeof(methods) - 1) > 0, "reset_method");
	close(fd);
	CHECK(strstr(methods, "flr") && strstr(methods, "bus"), "methods: %s", methods);
	CHECK(put(&device, 0, "reset_method", "flr"), "flr");
	CHECK(put(&device, 0, "reset", "1"), "reset");
	CHECK(wait_for(&device.resets, 1) && device.reset == PCIEM_RESET_FLR, "FLR");
	CHECK(put(&device, 0, "reset_method", "bus"), "bus");
	CHECK(put(&device, 0, "reset", "1"), "reset");
	CHECK(wait_for(&device.resets, 2) && device.reset == PCIEM_RESET_BUS, "bus reset");
	/* It is as it was: decodes, and answers. */
	CHECK(!device_command(&device, 0, "map 0 0 0 1000"), "map");
	device_command(&device, 0, "r4 0");
	CHECK(device_result(&device, 0) == (device.create.domain << 8), "after the reset");
	device_command(&device, 0, "unmap");
	device_unplug(&device);
	device_close(&device);
}

static int power_file(struct device *device)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/bus/pci/slots/pciem%u/power",
		 device->create.domain - 0x1f000);
	return open(path, O_RDWR);
}

void test_power(void)
{
	struct device device;
	uint8_t state = 3;
	char text[4] = "";
	int fd;

	if (!start(&device, "power", 1))
		return;
	fd = device_sysfs(&device, 0, "config", O_RDWR);
	device.power = -1;
	CHECK(pwrite(fd, &state, 1, 0x54) == 1, "D3");
	CHECK(wait_for(&device.power, 3), "D3 told");
	state = 0;
	CHECK(pwrite(fd, &state, 1, 0x54) == 1, "D0");
	CHECK(wait_for(&device.power, 0), "D0 told");
	close(fd);
	CHECK(device.resets == 0, "No_Soft_Reset");

	fd = power_file(&device);
	CHECK(read(fd, text, sizeof(text) - 1) == 2 && text[0] == '1', "slot power: %s", text);
	CHECK(write(fd, "0", 1) == 1, "slot off");
	CHECK(wait_for(&device.unplugged, 1), "unplugged through the slot");
	close(fd);
	device_close(&device);
}

static void answers(struct device *device, unsigned int functions)
{
	unsigned int fn;

	for (fn = 0; fn < functions; fn++) {
		CHECK(!device_command(device, fn, "map 0 0 0 1000"), "map of function %u", fn);
		device_command(device, fn, "r4 0");
		CHECK(device_result(device, fn) == (device->create.domain << 8 | fn),
		      "function %u says %llx", fn,
		      (unsigned long long)device_result(device, fn));
		device_command(device, fn, "unmap");
	}
}

void test_functions(void)
{
	struct device device;

	if (!start(&device, "functions", PCIEM_MAX_FUNCTIONS))
		return;
	answers(&device, PCIEM_MAX_FUNCTIONS);
	device_unplug(&device);
	device_close(&device);
}

/* At the same time, some with two functions; half of them are pulled out. */
void test_devices(void)
{
	static struct device devices[DEVICES];
	unsigned int i;

	for (i = 0; i < DEVICES; i++)
		if (!start(&devices[i], "devices", 1 + (i & 1)))
			return;
	for (i = 0; i < DEVICES; i++)
		answers(&devices[i], 1 + (i & 1));
	for (i = 0; i < DEVICES; i++) {
		if (i & 2)
			device_unplug(&devices[i]);
		device_close(&devices[i]);
	}
}
