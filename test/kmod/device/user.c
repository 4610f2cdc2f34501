// SPDX-License-Identifier: GPL-2.0-only
/* Drivers in user space: BARs mapped through UIO and vfio-pci, and their interrupts. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "device.h"
#include "tests.h"

#define SIZE 8192
#define PLAIN 0x10
#define NOTIFY 0x20
#define FORWARDED 0x30
#define ANSWER 0xfeedf00du

static atomic_int written;

static void note_write(struct device *device, const struct pciem_record *record)
{
	if (record->offset == NOTIFY)
		written = record->value;
}

static uint64_t give_answer(struct device *device, const struct pciem_record *record)
{
	return ANSWER;
}

static bool put_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return ok;
}

/* From the driver of the tests to another one. */
static bool give_to(struct device *device, const char *driver)
{
	char name[32], path[128];

	snprintf(name, sizeof(name), "%x:00:00.0", device->create.domain);
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver_override", name);
	if (!put_text(path, driver) || !put_text("/sys/bus/pci/drivers/pciem_features/unbind", name))
		return false;
	return wait_for(&device->bound, 0) && put_text("/sys/bus/pci/drivers_probe", name) &&
	       wait_for(&device->bound, 1);
}

static bool start(struct device *device, const char *driver)
{
	device_init(device, "user", 1);
	device_bar(device, 0, 0, PCIEM_BAR_TRAPPED, SIZE, 0);
	device->on_write = note_write;
	device->on_read = give_answer;
	if (!device_create(device))
		return false;
	device->config[0][0x3d] = 1;
	put32(device->bar[0][0] + PLAIN, 0x12345678);
	put32(device->bar[0][0] + SIZE + PLAIN, ~0u);
	device->bar[0][0][4 * SIZE + NOTIFY] = PCIEM_BYTE_NOTIFY;
	device->bar[0][0][4 * SIZE + FORWARDED] = PCIEM_BYTE_FORWARD;
	return device_attach_tap(device) && device_plug(device) && give_to(device, driver);
}

static bool captured(struct device *device, unsigned int kind, uint64_t offset)
{
	const struct pciem_event *event;

	while ((event = device_event(device, kind)))
		if (event->offset == offset)
			return true;
	return false;
}

/* Answered by the device, and in the capture, like a kernel driver's. */
static void accesses(struct device *device, volatile uint32_t *bar, const char *what)
{
	written = 0;
	CHECK(bar[PLAIN / 4] == 0x12345678, "%s: plain read", what);
	CHECK(captured(device, PCIEM_EVENT_MEM_READ, PLAIN), "%s: its event", what);
	bar[NOTIFY / 4] = 77;
	CHECK(wait_for(&written, 77), "%s: write", what);
	CHECK(captured(device, PCIEM_EVENT_MEM_WRITE, NOTIFY), "%s: its event", what);
	CHECK(bar[FORWARDED / 4] == ANSWER, "%s: forwarded read", what);
	CHECK(captured(device, PCIEM_EVENT_MEM_COMPLETION, FORWARDED), "%s: its event", what);
	bar[PLAIN / 4] |= 0x80000000;
	CHECK(get32(device->bar[0][0] + PLAIN) == 0x92345678, "%s: read-modify-write", what);
	put32(device->bar[0][0] + PLAIN, 0x12345678);
}

static sigjmp_buf after_signal;

static void leave(int signal)
{
	siglongjmp(after_signal, signal);
}

/* An instruction outside of the decoder: SIGBUS, a count, and the device works on. */
static void refused_instruction(struct device *device, volatile uint32_t *bar)
{
	uint64_t before = device_stats(device).undecoded;
	int signal;

	sigaction(SIGBUS, &(struct sigaction){ .sa_handler = leave }, NULL);
	signal = sigsetjmp(after_signal, 1);
	if (!signal)
		asm volatile("movdqu (%0), %%xmm0" : : "r"(bar) : "xmm0", "memory");
	sigaction(SIGBUS, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
	CHECK(signal == SIGBUS, "signal %d", signal);
	CHECK(device_stats(device).undecoded == before + 1, "counted");
	CHECK(bar[PLAIN / 4] == 0x12345678, "the next access");
}

static bool raise_line(struct device *device, bool assert)
{
	struct pciem_irq irq = { .flags = assert ? PCIEM_IRQ_ASSERT : PCIEM_IRQ_DEASSERT };

	return !ioctl(device->fd, PCIEM_RAISE_IRQ, &irq);
}

static bool readable(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	return poll(&poll_fd, 1, 10000) == 1;
}

/* /dev/uio<n> of the device. */
static int open_uio(struct device *device)
{
	char path[300];
	struct dirent *entry;
	int fd = -1;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%x:00:00.0/uio",
		 device->create.domain);
	dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		if (!strncmp(entry->d_name, "uio", 3)) {
			snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
			fd = open(path, O_RDWR);
		}
	if (dir)
		closedir(dir);
	return fd;
}

void test_uio(void)
{
	volatile uint32_t *bar;
	struct device device;
	uint32_t count = 0;
	int fd, uio;

	if (!start(&device, "uio_pci_generic")) {
		CHECK(false, "start");
		return;
	}
	uio = open_uio(&device);
	CHECK(uio >= 0, "uio: %s", strerror(errno));
	fd = device_sysfs(&device, 0, "resource0", O_RDWR);
	bar = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	CHECK(bar != MAP_FAILED, "mmap: %s", strerror(errno));
	accesses(&device, bar, "uio");
	refused_instruction(&device, bar);

	CHECK(raise_line(&device, true), "INTx");
	CHECK(readable(uio) && read(uio, &count, sizeof(count)) == sizeof(count) && count == 1,
	      "%u interrupts", count);
	CHECK(raise_line(&device, false), "INTx");
	munmap((void *)bar, SIZE);
	close(uio);
	device_unplug(&device);
	device_close(&device);
}

/* A vfio container without an IOMMU; the group's file goes to @group. */
static int open_vfio(struct device *device, int *group, int *container)
{
	char link[300], path[128];
	ssize_t length;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%x:00:00.0/iommu_group",
		 device->create.domain);
	length = readlink(path, link, sizeof(link) - 1);
	if (length < 0)
		return -1;
	link[length] = 0;
	snprintf(path, sizeof(path), "/dev/vfio/noiommu-%s", strrchr(link, '/') + 1);
	*container = open("/dev/vfio/vfio", O_RDWR);
	*group = open(path, O_RDWR);
	if (ioctl(*group, VFIO_GROUP_SET_CONTAINER, container) ||
	    ioctl(*container, VFIO_SET_IOMMU, VFIO_NOIOMMU_IOMMU))
		return -1;
	snprintf(path, sizeof(path), "%x:00:00.0", device->create.domain);
	return ioctl(*group, VFIO_GROUP_GET_DEVICE_FD, path);
}

static void vfio_command(int vfio, uint16_t bits)
{
	struct vfio_region_info config = { .argsz = sizeof(config),
					   .index = VFIO_PCI_CONFIG_REGION_INDEX };
	uint16_t command;

	CHECK(!ioctl(vfio, VFIO_DEVICE_GET_REGION_INFO, &config), "config region");
	CHECK(pread(vfio, &command, 2, config.offset + 4) == 2, "COMMAND");
	command |= bits;
	CHECK(pwrite(vfio, &command, 2, config.offset + 4) == 2, "COMMAND");
}

static void vfio_interrupt(struct device *device, int vfio)
{
	struct {
		struct vfio_irq_set set;
		int fd;
	} request = {
		.set = {
			.argsz = sizeof(request),
			.flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
			.index = VFIO_PCI_INTX_IRQ_INDEX,
			.count = 1,
		},
		.fd = eventfd(0, EFD_CLOEXEC),
	};

	CHECK(!ioctl(vfio, VFIO_DEVICE_SET_IRQS, &request), "eventfd: %s", strerror(errno));
	CHECK(raise_line(device, true) && readable(request.fd), "INTx");
	CHECK(raise_line(device, false), "INTx");
	close(request.fd);
}

void test_vfio(void)
{
	struct vfio_region_info region = { .argsz = sizeof(region), .index = 0 };
	int vfio, group = -1, container = -1;
	volatile uint32_t *bar;
	struct device device;
	uint32_t value = 0;

	if (!start(&device, "vfio-pci")) {
		CHECK(false, "start");
		return;
	}
	vfio = open_vfio(&device, &group, &container);
	CHECK(vfio >= 0, "vfio: %s", strerror(errno));
	CHECK(!ioctl(vfio, VFIO_DEVICE_GET_REGION_INFO, &region), "BAR 0");
	CHECK(region.size == SIZE && (region.flags & VFIO_REGION_INFO_FLAG_MMAP), "can be mapped");
	vfio_command(vfio, 2);
	bar = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, vfio, region.offset);
	CHECK(bar != MAP_FAILED, "mmap: %s", strerror(errno));
	if (bar != MAP_FAILED) {
		accesses(&device, bar, "vfio");
		refused_instruction(&device, bar);
		munmap((void *)bar, SIZE);
	}
	/* Not mapped: vfio-pci accesses the BAR itself. */
	CHECK(pread(vfio, &value, 4, region.offset + FORWARDED) == 4 && value == ANSWER, "pread");
	vfio_interrupt(&device, vfio);
	close(vfio);
	close(group);
	close(container);
	device_unplug(&device);
	device_close(&device);
}
