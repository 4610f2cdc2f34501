// SPDX-License-Identifier: GPL-2.0-only
/* Flags count by the byte: registers that share a dword keep to themselves. */
#include "device.h"
#include "tests.h"

#define SIZE 4096

static uint64_t read_byte(struct device *device, const struct pciem_record *record)
{
	return 0x1122334455667788ULL >> (8 * (record->offset & 3));
}

static uint64_t driver_reads(struct device *device, unsigned int size, unsigned int offset)
{
	CHECK(!device_command(device, 0, "r%u %x", size, offset), "read");
	return device_result(device, 0);
}

void test_bytes(void)
{
	struct device device;
	uint8_t *image, *flags;

	device_init(&device, "bytes", 1);
	device_bar(&device, 0, 0, PCIEM_BAR_TRAPPED, SIZE, 0);
	device.on_read = read_byte;
	if (!device_create(&device)) {
		CHECK(false, "create");
		return;
	}
	image = device.bar[0][0];
	flags = image + 4 * SIZE;
	put32(image, 0xd4c3b2a1);
	flags[1] = PCIEM_BYTE_FORWARD;
	flags[2] = PCIEM_BYTE_NOTIFY;
	CHECK(device_plug(&device), "plug");
	CHECK(!device_command(&device, 0, "map 0 0 0 %x", SIZE), "map");

	CHECK(driver_reads(&device, 1, 0) == 0xa1, "byte 0 is plain");
	CHECK(driver_reads(&device, 1, 2) == 0xc3, "byte 2 is plain");
	CHECK(driver_reads(&device, 2, 2) == 0xd4c3, "word 2 is plain");
	CHECK(device.reads == 0, "%d reads forwarded", device.reads);
	CHECK(driver_reads(&device, 1, 1) == 0x77, "byte 1 is forwarded");
	CHECK(driver_reads(&device, 2, 0) == 0x7788, "word 0 is forwarded");
	CHECK(driver_reads(&device, 4, 0) == 0x55667788, "dword 0 is forwarded");
	CHECK(device.reads == 3, "%d reads forwarded", device.reads);

	device_command(&device, 0, "w1 1 12");
	device_command(&device, 0, "w1 3 12");
	device_command(&device, 0, "w1 2 12");
	device_command(&device, 0, "w4 0 12");
	CHECK(wait_for(&device.writes, 2), "%d writes told", device.writes);

	device_unplug(&device);
	device_close(&device);
}
