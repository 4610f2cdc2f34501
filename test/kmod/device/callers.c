// SPDX-License-Identifier: GPL-2.0-only
/* Taps that say who accesses the device. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "device.h"
#include "tests.h"

#define SIZE 4096
#define MAX_CALLERS 4096

/* The names that a tap has told, by number. */
static char names[MAX_CALLERS][128];
static uint16_t kinds[MAX_CALLERS];

static void note(const struct pciem_event *event)
{
	char *name = names[event->caller % MAX_CALLERS];

	CHECK(event->caller && event->caller < MAX_CALLERS && !*name, "caller %u is new",
	      event->caller);
	CHECK(event->seq == 0 && event->kept_length < sizeof(names[0]), "event of a caller");
	memcpy(name, event + 1, event->kept_length);
	name[event->kept_length] = 0;
	kinds[event->caller % MAX_CALLERS] = event->vector;
	/* No address of the kernel: those begin with ffff. */
	CHECK(!strstr(name, "ffff") && strncmp(name, "0x", 2), "name: %s", name);
}

/* Number of who has made the next access of a kind at an offset. */
static uint32_t caller_at(struct device *device, unsigned int kind, uint64_t offset)
{
	const struct pciem_event *event;

	while ((event = device_next_event(device))) {
		if (event->kind == PCIEM_EVENT_CALLER)
			note(event);
		else if (event->kind == kind && event->offset == offset)
			return event->caller % MAX_CALLERS;
	}
	CHECK(false, "no event of kind %u at %llx", kind, (unsigned long long)offset);
	return 0;
}

static void expect(uint32_t caller, const char *start, const char *end)
{
	const char *name = names[caller];

	CHECK(!strncmp(name, start, strlen(start)) && strlen(name) > strlen(end) &&
	      !strcmp(name + strlen(name) - strlen(end), end), "caller %u: %s", caller, name);
	CHECK(kinds[caller] == PCIEM_CALLER_FUNCTION, "a function");
}

static void driver_accesses(struct device *device)
{
	const char *module = " [pciem_features]";
	uint32_t first, second;

	CHECK(!device_command(device, 0, "map 0 0 0 %x", SIZE), "map");
	device_command(device, 0, "r8 10");
	first = caller_at(device, PCIEM_EVENT_MEM_READ, 0x10);
	expect(first, "access_map+0x", module);
	device_command(device, 0, "r8 10");
	CHECK(caller_at(device, PCIEM_EVENT_MEM_READ, 0x10) == first, "the same again");
	device_command(device, 0, "w8 18 1");
	second = caller_at(device, PCIEM_EVENT_MEM_WRITE, 0x18);
	expect(second, "access_map+0x", module);
	CHECK(first != second, "another place in the function");
	/* Not the kernel's ioread32() and memcpy_fromio(): who has called them. */
	device_command(device, 0, "r4 20");
	expect(caller_at(device, PCIEM_EVENT_MEM_READ, 0x20), "access_map+0x", module);
	device_command(device, 0, "r4 28");
	expect(caller_at(device, PCIEM_EVENT_MEM_READ, 0x28), "access_map+0x", module);
	CHECK(device->reads == 1, "one of them was forwarded");
	device_command(device, 0, "sum 8");
	expect(caller_at(device, PCIEM_EVENT_MEM_READ, 0), "sum_map+0x", module);
	device_command(device, 0, "unmap");
}

static void process_accesses(struct device *device)
{
	int fd = device_sysfs(device, 0, "resource0", O_RDWR);
	volatile uint32_t *bar = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	char expected[64];
	uint32_t caller;

	close(fd);
	if (bar == MAP_FAILED) {
		CHECK(false, "mmap of resource0");
		return;
	}
	bar[0x40 / 4] = 1;
	caller = caller_at(device, PCIEM_EVENT_MEM_WRITE, 0x40);
	snprintf(expected, sizeof(expected), "%s[%d]", program_invocation_short_name, getpid());
	CHECK(!strcmp(names[caller], expected), "%s is %s", names[caller], expected);
	CHECK(kinds[caller] == PCIEM_CALLER_PROCESS, "a process");
	munmap((void *)bar, SIZE);
}

void test_callers(void)
{
	struct device device;
	uint32_t core;

	memset(names, 0, sizeof(names));
	device_init(&device, "callers", 1);
	device_bar(&device, 0, 0, PCIEM_BAR_TRAPPED, SIZE, 0);
	device.tap_flags = PCIEM_TAP_CALLERS;
	if (!device_create(&device)) {
		CHECK(false, "create");
		return;
	}
	device.bar[0][0][4 * SIZE + 0x28] = PCIEM_BYTE_FORWARD;
	CHECK(device_attach_tap(&device), "attach");
	CHECK(device_plug(&device), "plug");
	/* The PCI core, not its helpers; which function it is depends on the kernel. */
	core = caller_at(&device, PCIEM_EVENT_CONFIG_READ, 0x10);
	CHECK(strstr(names[core], "pci_") && !strstr(names[core], "read_config"), "caller: %s",
	      names[core]);
	driver_accesses(&device);
	process_accesses(&device);
	device_unplug(&device);
	device_close(&device);
}
