// SPDX-License-Identifier: GPL-2.0-only
/* Expansion ROM, and BARs in I/O space. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "device.h"
#include "tests.h"

#define ROM_SIZE 0x10000

/* As PCI Firmware 3.0 5.1 wants it: a header, and a data structure that it points to. */
static void fill_rom(uint8_t *rom)
{
	for (unsigned int i = 0; i < ROM_SIZE; i++)
		rom[i] = i ^ i >> 8;
	put16(rom, 0xaa55);
	rom[2] = ROM_SIZE / 512;
	put16(rom + 0x18, 0x40);
	memcpy(rom + 0x40, "PCIR", 4);
	put16(rom + 0x44, 0x1234);
	put16(rom + 0x46, 0x7e5a);
	put16(rom + 0x4a, 0x18);
	put16(rom + 0x50, ROM_SIZE / 512);
	rom[0x54] = 0;
	rom[0x55] = 0x80;
}

void test_rom(void)
{
	static uint8_t data[ROM_SIZE];
	struct device device;
	ssize_t done = 0, n;
	int fd;

	device_init(&device, "rom", 1);
	device_bar(&device, 0, 0, PCIEM_BAR_TRAPPED, 4096, 0);
	device.create.functions[0].rom_size = ROM_SIZE;
	if (!device_create(&device)) {
		CHECK(false, "create");
		return;
	}
	fill_rom(device.rom);
	CHECK(device_plug(&device), "plug");

	fd = device_sysfs(&device, 0, "rom", O_RDWR);
	CHECK(fd >= 0, "sysfs rom");
	CHECK(write(fd, "1", 1) == 1, "enable");
	lseek(fd, 0, SEEK_SET);
	while ((n = read(fd, data + done, sizeof(data) - done)) > 0)
		done += n;
	CHECK(done == ROM_SIZE, "%zd bytes", done);
	CHECK(!memcmp(data, device.rom, ROM_SIZE), "contents");
	close(fd);
	/* Not enabled: nobody claims it. */
	CHECK(!device_command(&device, 0, "map 6 0 0 1000"), "map");
	device_command(&device, 0, "r2 0");
	CHECK(device_result(&device, 0) == 0xffff, "disabled");
	device_unplug(&device);
	device_close(&device);
}

static uint64_t answer(struct device *device, const struct pciem_record *record)
{
	return 0x40 + record->offset;
}

void test_ports(void)
{
	const struct pciem_event *event;
	struct device device;
	uint8_t *image, *flags;

	device_init(&device, "ports", 1);
	device_bar(&device, 0, 0, PCIEM_BAR_TRAPPED, 4096, 0);
	device_bar(&device, 0, 1, PCIEM_BAR_IO, 8, 0);
	device_bar(&device, 0, 3, PCIEM_BAR_IO, 256, 0);
	device.on_read = answer;
	if (!device_create(&device)) {
		CHECK(false, "create");
		return;
	}
	CHECK(device_attach_tap(&device), "tap");
	image = device.bar[0][1];
	flags = image + 4 * 8;
	put32(image, 0xd4c3b2a1);
	memset(image + 8, 0xff, 8);
	flags[4] = PCIEM_BYTE_FORWARD | PCIEM_BYTE_NOTIFY;
	put32(device.bar[0][3] + 252, 0x12345678);
	CHECK(device_plug(&device), "plug");

	CHECK(!device_command(&device, 0, "map 1 4 0 8"), "pci_iomap");
	CHECK(device_result(&device, 0) == 1, "pci_iomap");
	device_command(&device, 0, "r4 0");
	CHECK(device_result(&device, 0) == 0xd4c3b2a1, "ioread32");
	device_command(&device, 0, "r1 3");
	CHECK(device_result(&device, 0) == 0xd4, "ioread8");
	device_command(&device, 0, "r1 4");
	CHECK(device_result(&device, 0) == 0x44, "forwarded");
	device_command(&device, 0, "w2 6 beef");
	CHECK(image[6] == 0xef && image[7] == 0xbe, "iowrite16");
	device_command(&device, 0, "w1 4 1");
	CHECK(wait_for(&device.writes, 1), "told");
	event = device_event(&device, PCIEM_EVENT_MEM_WRITE);
	CHECK(event && (event->flags & PCIEM_EVENT_IO) && event->space == 1, "event");
	device_command(&device, 0, "unmap");

	CHECK(!device_command(&device, 0, "map 3 4 0 100"), "pci_iomap");
	device_command(&device, 0, "r4 fc");
	CHECK(device_result(&device, 0) == 0x12345678, "the other one");
	device_command(&device, 0, "unmap");
	device_unplug(&device);
	device_close(&device);
}
