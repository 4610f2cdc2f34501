// SPDX-License-Identifier: GPL-2.0-only
/* What the device does to the memory that its driver has mapped. */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "device.h"
#include "tests.h"

static bool start(struct device *device, const char *name)
{
	device_init(device, name, 1);
	device_bar(device, 0, 0, PCIEM_BAR_TRAPPED, 4096, 0);
	if (!device_create(device)) {
		CHECK(false, "create: %s", strerror(errno));
		return false;
	}
	CHECK(device_attach_tap(device), "tap");
	CHECK(device_plug(device), "plug");
	return true;
}

static uint64_t driver(struct device *device, const char *command)
{
	CHECK(!device_command(device, 0, "%s", command), "%s", command);
	return device_result(device, 0);
}

/* The next fault: what it says of the nearest mapping. */
static void fault(struct device *device, uint64_t address, unsigned int status,
		  uint64_t nearest_address, uint64_t size, unsigned int direction,
		  unsigned int flags, const char *owner)
{
	const struct pciem_event *event = device_event(device, PCIEM_EVENT_DMA_FAULT);
	const struct pciem_dma_nearest *nearest = (const void *)(event + 1);
	size_t length = strlen(owner);

	CHECK(event, "a fault");
	if (!event)
		return;
	CHECK(event->address == address, "address %llx", (unsigned long long)event->address);
	CHECK(event->status == status, "status %u, not %u", event->status, status);
	CHECK(event->kept_length == offsetof(struct pciem_dma_nearest, owner) + length,
	      "%u bytes", event->kept_length);
	CHECK(nearest->address == nearest_address, "nearest %llx, not %llx",
	      (unsigned long long)nearest->address, (unsigned long long)nearest_address);
	CHECK(nearest->size == size, "size %llu", (unsigned long long)nearest->size);
	CHECK(nearest->direction == direction, "direction %u", nearest->direction);
	CHECK(nearest->flags == flags, "flags %x", nearest->flags);
	CHECK(!memcmp(nearest->owner, owner, length), "owner %.*s",
	      (int)(event->kept_length - offsetof(struct pciem_dma_nearest, owner)),
	      nearest->owner);
}

#define SINGLE "do_single [pciem_features]"
#define COHERENT "do_coherent [pciem_features]"

void test_faults(void)
{
	const struct pciem_event *event;
	struct device device;
	uint64_t single, coherent;
	uint8_t data[64];

	if (!start(&device, "faults"))
		return;
	CHECK(device_dma(&device, 0x1234, data, 4, false) == PCIEM_DMA_UNMAPPED, "nothing mapped");
	event = device_event(&device, PCIEM_EVENT_DMA_FAULT);
	CHECK(event && event->kept_length == 0, "no mapping to name");

	single = driver(&device, "single 1000 1");
	CHECK(device_dma(&device, single, data, 64, false) == PCIEM_DMA_OK, "read");
	CHECK(device_dma(&device, single, data, 64, true) == PCIEM_DMA_DIRECTION, "write");
	fault(&device, single, PCIEM_DMA_DIRECTION, single, 0x1000, 1, PCIEM_NEAREST_LIVE, SINGLE);
	CHECK(device_dma(&device, single - 100, data, 8, false) == PCIEM_DMA_UNMAPPED, "before");
	fault(&device, single - 100, PCIEM_DMA_UNMAPPED, single, 0x1000, 1, PCIEM_NEAREST_LIVE,
	      SINGLE);
	CHECK(device_dma(&device, single + 0x1000, data, 8, false) == PCIEM_DMA_UNMAPPED, "after");
	fault(&device, single + 0x1000, PCIEM_DMA_UNMAPPED, single, 0x1000, 1, PCIEM_NEAREST_LIVE,
	      SINGLE);
	driver(&device, "unsingle");
	CHECK(device_dma(&device, single + 8, data, 8, false) == PCIEM_DMA_UNMAPPED, "unmapped");
	fault(&device, single + 8, PCIEM_DMA_UNMAPPED, single, 0x1000, 1, 0, SINGLE);

	coherent = driver(&device, "coherent 2000");
	CHECK(device_dma(&device, coherent + 0x1ff8, data, 64, true) == PCIEM_DMA_UNMAPPED, "end");
	fault(&device, coherent + 0x2000, PCIEM_DMA_UNMAPPED, coherent, 0x2000, 0,
	      PCIEM_NEAREST_LIVE | PCIEM_NEAREST_COHERENT, COHERENT);
	/* Between the two: the live one is nearer. */
	CHECK(device_dma(&device, coherent - 8, data, 8, true) == PCIEM_DMA_UNMAPPED, "between");
	fault(&device, coherent - 8, PCIEM_DMA_UNMAPPED, coherent, 0x2000, 0,
	      PCIEM_NEAREST_LIVE | PCIEM_NEAREST_COHERENT, COHERENT);
	driver(&device, "free");
	CHECK(device_dma(&device, coherent, data, 8, true) == PCIEM_DMA_UNMAPPED, "freed");
	fault(&device, coherent, PCIEM_DMA_UNMAPPED, coherent, 0x2000, 0, PCIEM_NEAREST_COHERENT,
	      COHERENT);
	device_unplug(&device);
	device_close(&device);
}

static int atomic(struct device *device, struct pciem_dma_atomic *request)
{
	return ioctl(device->fd, PCIEM_DMA_ATOMIC, request) ? errno : 0;
}

static uint64_t peek(struct device *device, unsigned int offset)
{
	CHECK(!device_command(device, 0, "peek %x", offset), "peek");
	return device_result(device, 0);
}

static void one_atomic(struct device *device, uint64_t bus, unsigned int op, unsigned int size,
		       uint64_t operand, uint64_t compare, uint64_t before, uint64_t after)
{
	struct pciem_dma_atomic request = {
		.address = bus, .op = op, .size = size, .operand = { operand },
		.compare = { compare },
	};
	const struct pciem_event *event;

	CHECK(!device_command(device, 0, "poke 0 %llx", (unsigned long long)before), "poke");
	CHECK(!atomic(device, &request), "op %u size %u: %s", op, size, strerror(errno));
	CHECK(request.status == PCIEM_DMA_OK, "op %u size %u: status %u", op, size, request.status);
	CHECK(request.result[0] == (size == 4 ? (uint32_t)before : before),
	      "op %u size %u: was %llx", op, size, (unsigned long long)request.result[0]);
	CHECK(peek(device, 0) == after, "op %u size %u: is %llx", op, size,
	      (unsigned long long)device_result(device, 0));
	event = device_event(device, PCIEM_EVENT_DMA_ATOMIC);
	CHECK(event && event->vector == op && event->data_length == size &&
	      event->kept_length == size * (op == PCIEM_ATOMIC_CAS ? 3 : 2) &&
	      !memcmp(event + 1, &before, size) &&
	      !memcmp((uint8_t *)(event + 1) + size, &operand, size), "event");
}

static void cas_16(struct device *device, uint64_t bus)
{
	struct pciem_dma_atomic request = {
		.address = bus, .op = PCIEM_ATOMIC_CAS, .size = 16,
		.operand = { 0x1111, 0x2222 }, .compare = { 7, 8 },
	};
	int error;

	device_command(device, 0, "poke 0 7");
	device_command(device, 0, "poke 8 9");
	error = atomic(device, &request);
	if (error == EOPNOTSUPP)
		return;
	CHECK(!error && request.status == PCIEM_DMA_OK, "16 bytes: %s", strerror(error));
	CHECK(request.result[0] == 7 && request.result[1] == 9, "16 bytes, unequal");
	CHECK(peek(device, 0) == 7 && peek(device, 8) == 9, "16 bytes, left alone");
	request.compare[1] = 9;
	CHECK(!atomic(device, &request), "16 bytes");
	CHECK(request.result[0] == 7 && request.result[1] == 9, "16 bytes, equal");
	CHECK(peek(device, 0) == 0x1111 && peek(device, 8) == 0x2222, "16 bytes, swapped");
}

static int refusal(struct device *device, uint64_t bus, unsigned int op, unsigned int size,
		   unsigned int *status)
{
	struct pciem_dma_atomic request = { .address = bus, .op = op, .size = size };
	int error = atomic(device, &request);

	*status = request.status;
	return error;
}

void test_atomics(void)
{
	unsigned int status;
	struct device device;
	uint64_t bus;

	if (!start(&device, "atomics"))
		return;
	bus = driver(&device, "coherent 1000");
	one_atomic(&device, bus, PCIEM_ATOMIC_FETCH_ADD, 4, 2, 0, 0xaaaaaaaaffffffff,
		   0xaaaaaaaa00000001);
	one_atomic(&device, bus, PCIEM_ATOMIC_FETCH_ADD, 8, 2, 0, 0xffffffff, 0x100000001);
	one_atomic(&device, bus, PCIEM_ATOMIC_SWAP, 4, 0x12345678, 0, ~0ULL, 0xffffffff12345678);
	one_atomic(&device, bus, PCIEM_ATOMIC_SWAP, 8, 0x123456789abcdef0, 0, 5,
		   0x123456789abcdef0);
	one_atomic(&device, bus, PCIEM_ATOMIC_CAS, 4, 9, 5, 0xbb00000005, 0xbb00000009);
	one_atomic(&device, bus, PCIEM_ATOMIC_CAS, 4, 9, 6, 0xbb00000005, 0xbb00000005);
	one_atomic(&device, bus, PCIEM_ATOMIC_CAS, 8, 9, 5, 5, 9);
	one_atomic(&device, bus, PCIEM_ATOMIC_CAS, 8, 9, 6, 5, 5);
	cas_16(&device, bus);

	CHECK(refusal(&device, bus + 2, 0, 4, &status) == EINVAL, "unaligned");
	CHECK(refusal(&device, bus + 8, PCIEM_ATOMIC_CAS, 16, &status) == EINVAL, "unaligned 16");
	CHECK(refusal(&device, bus, PCIEM_ATOMIC_SWAP, 16, &status) == EINVAL, "swap of 16");
	CHECK(refusal(&device, bus, 0, 2, &status) == EINVAL, "2 bytes");
	CHECK(refusal(&device, bus, 3, 4, &status) == EINVAL, "no such op");
	CHECK(!refusal(&device, bus + 0x1000, 0, 4, &status) && status == PCIEM_DMA_UNMAPPED,
	      "unmapped: %u", status);
	driver(&device, "free");
	bus = driver(&device, "single 100 2");
	CHECK(!refusal(&device, bus, 0, 4, &status) && status == PCIEM_DMA_DIRECTION,
	      "direction: %u", status);
	driver(&device, "unsingle");
	CHECK(device_stats(&device).dma_atomics >= 8, "counted");
	device_unplug(&device);
	device_close(&device);
}

static void *map_bus(struct device *device, uint64_t bus, size_t length)
{
	return mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, device->fd,
		    PCIEM_MMAP_DMA(0ULL, bus));
}

/* Two sizes: from the page allocator, and so large that it is not contiguous. */
static void zero_copy(struct device *device, unsigned int size)
{
	volatile uint64_t *at, *again;
	uint64_t bus, stale;
	char command[32];

	snprintf(command, sizeof(command), "coherent %x", size);
	bus = driver(device, command);
	at = map_bus(device, bus, size);
	CHECK(at != MAP_FAILED, "mmap: %s", strerror(errno));
	if (at == MAP_FAILED)
		return;
	at[0] = 0x1122334455667788;
	CHECK(peek(device, 0) == 0x1122334455667788, "the driver sees it");
	CHECK(!device_command(device, 0, "poke %x 99", size - 8), "poke");
	CHECK(at[size / 8 - 1] == 0x99, "the device sees it");
	CHECK(map_bus(device, bus, size + 0x1000) == MAP_FAILED && errno == ENXIO, "too long");
	CHECK(map_bus(device, bus - 0x1000, 0x1000) == MAP_FAILED && errno == ENXIO, "elsewhere");

	stale = device_stats(device).dma_stale;
	driver(device, "free");
	/* What was mapped is taken away soon. */
	for (int tries = 1000; at[0] && tries; tries--)
		usleep(1000);
	CHECK(at[0] == 0 && at[size / 8 - 1] == 0, "after free: nobody's");
	at[0] = 5;
	CHECK(device_stats(device).dma_stale == stale + 2, "%llu stale pages",
	      (unsigned long long)(device_stats(device).dma_stale - stale));
	CHECK(map_bus(device, bus, size) == MAP_FAILED && errno == ENXIO, "freed");

	bus = driver(device, command);
	again = map_bus(device, bus, size);
	CHECK(again != MAP_FAILED && again[0] == 0, "a new one is not the old one");
	munmap((void *)again, size);
	munmap((void *)at, size);
	driver(device, "free");
}

void test_coherent(void)
{
	struct device device;
	uint64_t bus;

	if (!start(&device, "coherent"))
		return;
	zero_copy(&device, 0x2000);
	zero_copy(&device, 0x100000);
	bus = driver(&device, "single 1000 0");
	CHECK(map_bus(&device, bus & ~0xfffULL, 0x1000) == MAP_FAILED && errno == ENXIO,
	      "streaming memory");
	driver(&device, "unsingle");
	CHECK(mmap(NULL, 4096, PROT_READ, MAP_SHARED, device.fd, PCIEM_MMAP_DMA(7ULL, 0)) ==
	      MAP_FAILED && errno == EINVAL, "no such function");
	device_unplug(&device);
	device_close(&device);
}
