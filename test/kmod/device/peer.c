// SPDX-License-Identifier: GPL-2.0-only
/* One device reads and writes the BARs of another one. */
#include <string.h>

#include "device.h"
#include "tests.h"

#define RAM_SIZE 0x10000

static uint64_t answer(struct device *device, const struct pciem_record *record)
{
	return 0xabcd0000 + record->offset;
}

static uint64_t peer(struct device *first, struct device *second, unsigned int bar)
{
	CHECK(!device_command(first, 0, "peer %x %x", second->create.domain, bar), "peer");
	return device_result(first, 0);
}

static void trapped(struct device *first, struct device *second)
{
	uint8_t *image = second->bar[0][0];
	uint64_t bus = peer(first, second, 0);
	uint32_t value = 0x600dcafe;
	uint8_t bytes[24];
	unsigned int i;

	CHECK(device_dma(first, bus + 0x10, &value, 4, true) == PCIEM_DMA_OK, "write");
	CHECK(get32(image + 0x10) == 0x600dcafe, "arrived");
	CHECK(wait_for(&second->writes, 1), "told");
	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = i;
	CHECK(device_dma(first, bus + 0x41, bytes, sizeof(bytes), true) == PCIEM_DMA_OK, "bytes");
	CHECK(!memcmp(image + 0x41, bytes, sizeof(bytes)), "bytes arrived");
	memset(bytes, 0, sizeof(bytes));
	CHECK(device_dma(first, bus + 0x41, bytes, sizeof(bytes), false) == PCIEM_DMA_OK, "back");
	CHECK(bytes[1] == 1 && bytes[23] == 23, "bytes came back");
	CHECK(device_dma(first, bus + 0x80, &value, 4, false) == PCIEM_DMA_OK, "forwarded");
	CHECK(value == 0xabcd0080, "answered with %x", value);
	CHECK(device_dma(first, bus + 0x1000, &value, 4, false) == PCIEM_DMA_UNMAPPED, "past it");
	device_command(first, 0, "unpeer");
	CHECK(device_dma(first, bus, &value, 4, true) == PCIEM_DMA_UNMAPPED, "unmapped");
}

static void memory(struct device *first, struct device *second)
{
	static uint8_t data[RAM_SIZE];
	const struct pciem_event *event;
	uint64_t bus = peer(first, second, 2);
	unsigned int i;

	for (i = 0; i < sizeof(data); i++)
		data[i] = i * 7;
	CHECK(device_dma(first, bus, data, sizeof(data), true) == PCIEM_DMA_OK, "write");
	CHECK(!memcmp(second->bar[0][2], data, sizeof(data)), "arrived");
	memset(data, 0, sizeof(data));
	CHECK(device_dma(first, bus + 3, data, 0x5000, false) == PCIEM_DMA_OK, "read");
	CHECK(!memcmp(second->bar[0][2] + 3, data, 0x5000), "read back");
	do
		event = device_event(second, PCIEM_EVENT_MEM_WRITE);
	while (event && event->space != 2);
	CHECK(event && event->data_length == 4096, "the other one's tap");
}

/* To itself, where nobody can answer while it waits. */
static void itself(struct device *first)
{
	uint64_t bus = peer(first, first, 0);
	uint32_t value = 1;

	CHECK(device_dma(first, bus + 0x20, &value, 4, true) == PCIEM_DMA_OK, "write");
	CHECK(get32(first->bar[0][0] + 0x20) == 1, "arrived");
	device_command(first, 0, "unpeer");
}

void test_peer(void)
{
	struct device devices[2];
	unsigned int i;
	uint64_t bus;
	uint32_t value;

	for (i = 0; i < 2; i++) {
		struct device *device = &devices[i];

		device_init(device, "peer", 1);
		device_bar(device, 0, 0, PCIEM_BAR_TRAPPED, 4096, 0);
		device_bar(device, 0, 2, PCIEM_BAR_RAM, RAM_SIZE, PCIEM_BAR_64BIT);
		device->on_read = answer;
		if (!device_create(device)) {
			CHECK(false, "create");
			return;
		}
		memset(device->bar[0][0] + 4096, 0xff, 4096);
		device->bar[0][0][4 * 4096 + 0x10] = PCIEM_BYTE_NOTIFY;
		device->bar[0][0][4 * 4096 + 0x80] = PCIEM_BYTE_FORWARD;
		CHECK(device_attach_tap(device), "tap");
		CHECK(device_plug(device), "plug");
	}
	itself(&devices[0]);
	trapped(&devices[0], &devices[1]);
	memory(&devices[0], &devices[1]);

	/* The other one goes first. */
	bus = device_result(&devices[0], 0);
	device_unplug(&devices[1]);
	device_close(&devices[1]);
	CHECK(device_dma(&devices[0], bus, &value, 4, false) == PCIEM_DMA_OK && value == ~0u,
	      "nobody there: %x", value);
	device_unplug(&devices[0]);
	device_close(&devices[0]);
}
