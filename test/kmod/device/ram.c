// SPDX-License-Identifier: GPL-2.0-only
/* BARs of real memory: every way to map them sees the same bytes. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "device.h"
#include "tests.h"

#define SIZE (8u << 20)

static const char *const ways[] = { "ioremap", "ioremap_wc", "ioremap_cache", "memremap",
				    "pci_iomap" };

static uint64_t checksum(const uint8_t *bytes, size_t length)
{
	uint64_t sum = 0;

	while (length--)
		sum = sum * 31 + *bytes++;
	return sum;
}

static void driver_maps(struct device *device, uint8_t *memory)
{
	unsigned int how;

	for (how = 0; how < 5; how++) {
		CHECK(!device_command(device, 0, "map 2 %x 0 %x", how, SIZE), "%s", ways[how]);
		CHECK(device_result(device, 0) == 1, "%s", ways[how]);
		CHECK(!device_command(device, 0, "sum 40000"), "sum");
		CHECK(device_result(device, 0) == checksum(memory, 0x40000), "sum, %s", ways[how]);
		device_command(device, 0, "w4 %x cafe%04x", SIZE - 4, how);
		CHECK(get32(memory + SIZE - 4) == 0xcafe0000 + how, "write, %s", ways[how]);
		put32(memory + 0x5000, 0xbeef0000 + how);
		device_command(device, 0, "r4 5000");
		CHECK(device_result(device, 0) == 0xbeef0000 + how, "read, %s", ways[how]);
		device_command(device, 0, "unmap");
	}
	device_command(device, 0, "map 2 1 12345 1000");
	device_command(device, 0, "r1 0");
	CHECK(device_result(device, 0) == memory[0x12345], "a part");
	device_command(device, 0, "unmap");
	device_command(device, 0, "map 2 1 %x 2000", SIZE - 0x1000);
	CHECK(device_result(device, 0) == 0, "past the end");
}

static uint8_t *user_map(int fd)
{
	uint8_t *at = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	CHECK(at != MAP_FAILED, "mmap: %s", strerror(errno));
	close(fd);
	return at;
}

static void user_maps(const char *what, uint8_t *user, uint8_t *memory)
{
	if (user == MAP_FAILED)
		return;
	memory[0x100000] = 0x5a;
	CHECK(user[0x100000] == 0x5a, "%s: read", what);
	user[SIZE - 1] = 0xa5;
	CHECK(memory[SIZE - 1] == 0xa5, "%s: write", what);
	/* With instructions that no trap could carry out. */
	memset(user + 0x200000, 0x3c, 0x10000);
	CHECK(!memcmp(user + 0x200000, memory + 0x200000, 0x10000), "%s: memset", what);
}

static void one_kind(uint32_t flags)
{
	uint8_t *resource, *graphics, *combining = MAP_FAILED;
	struct device device;
	uint8_t *memory;
	int fd;

	device_init(&device, "ram", 1);
	device_bar(&device, 0, 0, PCIEM_BAR_TRAPPED, 4096, 0);
	device_bar(&device, 0, 2, PCIEM_BAR_RAM, SIZE, flags);
	if (!device_create(&device)) {
		CHECK(false, "create: %s", strerror(errno));
		return;
	}
	memory = device.bar[0][2];
	CHECK(memory[0] == 0 && !memcmp(memory, memory + 1, SIZE - 1), "zeroed");
	for (unsigned int i = 0; i < SIZE / 4; i++)
		put32(memory + 4 * i, i * 2654435761u);
	CHECK(device_plug(&device), "plug");

	driver_maps(&device, memory);
	resource = user_map(device_sysfs(&device, 0, "resource2", O_RDWR));
	user_maps("resource2", resource, memory);
	fd = device_sysfs(&device, 0, "resource2_wc", O_RDWR);
	CHECK((fd >= 0) == !!(flags & PCIEM_BAR_PREFETCH), "resource2_wc");
	if (fd >= 0) {
		combining = user_map(fd);
		user_maps("resource2_wc", combining, memory);
	}
	graphics = user_map(open("/dev/pciem-features", O_RDWR));
	user_maps("graphics", graphics, memory);

	/* The pages stay for whoever has them. */
	device_unplug(&device);
	memory[0x3000] = 0x77;
	graphics[0x200001] = 1;
	device_close(&device);
	graphics[0x200002] = 1;
	CHECK(graphics[0x200001] == 1, "after the end");
	munmap(graphics, SIZE);
	munmap(resource, SIZE);
	if (combining != MAP_FAILED)
		munmap(combining, SIZE);
}

static bool refused(uint64_t size, uint32_t kind, uint32_t flags)
{
	struct device device;

	device_init(&device, "refused", 1);
	device_bar(&device, 0, 0, kind, size, flags);
	if (!device_create(&device))
		return true;
	close(device.fd);
	return false;
}

void test_ram(void)
{
	one_kind(PCIEM_BAR_64BIT | PCIEM_BAR_PREFETCH);
	one_kind(PCIEM_BAR_PREFETCH | PCIEM_BAR_CACHED);
	one_kind(0);
	CHECK(refused(PCIEM_BAR_RAM_MAX_SIZE * 2ULL, PCIEM_BAR_RAM, PCIEM_BAR_64BIT), "2 GiB");
	CHECK(refused(0x3000, PCIEM_BAR_RAM, 0), "no power of two");
	CHECK(refused(4096, PCIEM_BAR_TRAPPED, PCIEM_BAR_CACHED), "cached and trapped");
	CHECK(refused(4096, 77, 0), "kind 77");
}
