#include "fuzz.h"

#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* splitmix64 */
uint64_t fuzz_next(struct fuzz *fuzz)
{
	uint64_t value = fuzz->state += 0x9e3779b97f4a7c15ULL;

	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9ULL;
	value = (value ^ value >> 27) * 0x94d049bb133111ebULL;
	return value ^ value >> 31;
}

uint64_t fuzz_below(struct fuzz *fuzz, uint64_t limit)
{
	return fuzz_next(fuzz) % limit;
}

uint64_t fuzz_odd(struct fuzz *fuzz)
{
	switch (fuzz_below(fuzz, 4)) {
	case 0:
		return (1ULL << fuzz_below(fuzz, 64)) + fuzz_below(fuzz, 3) - 1;
	case 1:
		return -fuzz_below(fuzz, 4096);
	case 2:
		return fuzz_below(fuzz, 256);
	default:
		return fuzz_next(fuzz);
	}
}

static struct pciem_bar a_bar(struct fuzz *fuzz)
{
	switch (fuzz_below(fuzz, 4)) {
	case 0:
		return (struct pciem_bar){
			.size = 4096ULL << fuzz_below(fuzz, 9),
			.kind = PCIEM_BAR_RAM,
			.flags = fuzz_below(fuzz, 8),
		};
	case 1:
		return (struct pciem_bar){ .size = 4ULL << fuzz_below(fuzz, 7), .kind = PCIEM_BAR_IO };
	default:
		return (struct pciem_bar){
			.size = 4096ULL << fuzz_below(fuzz, 5),
			.kind = PCIEM_BAR_TRAPPED,
			.flags = fuzz_below(fuzz, 4),
		};
	}
}

void fuzz_create(struct fuzz *fuzz, struct pciem_create *create)
{
	unsigned int f, bar, i;

	memset(create, 0, sizeof(*create));
	create->num_functions = 1 + fuzz_below(fuzz, 2);
	create->ring_entries = 64 << fuzz_below(fuzz, 4);
	create->completion_timeout_us = 50 + fuzz_below(fuzz, 20000);
	strcpy(create->name, "fuzz");
	for (f = 0; f < create->num_functions; f++)
		for (bar = 0; bar < 6; bar += 2)
			if (fuzz_below(fuzz, 2))
				create->functions[f].bars[bar] = a_bar(fuzz);
	if (!fuzz_below(fuzz, 4))
		create->functions[0].rom_size = 4096U << fuzz_below(fuzz, 4);
	if (fuzz_below(fuzz, 3))
		return;
	for (i = 1 + fuzz_below(fuzz, 3); i; i--) {
		uint64_t value = fuzz_odd(fuzz);

		memcpy((uint8_t *)create + fuzz_below(fuzz, sizeof(*create) - 8), &value,
		       1 + fuzz_below(fuzz, 8));
	}
}

static void put32(uint8_t *at, uint32_t value)
{
	memcpy(at, &value, sizeof(value));
}

/* MSI at 0x50 with 32 vectors, MSI-X at 0x70 in BAR 0, the header of the test driver's device. */
void fuzz_config(struct fuzz *fuzz, uint8_t *config)
{
	uint8_t *mask = config + 4096;
	unsigned int bar;

	memset(config, 0, 0x100);
	put32(config, 0x7e571234);
	config[6] = 0x10;
	config[0x0b] = 0xff;
	config[0x34] = 0x50;
	put32(config + 0x50, 0x018a7005);
	put32(config + 0x70, 0x00070011);
	put32(config + 0x78, 0x800);
	config[0x3d] = fuzz_below(fuzz, 3);
	put32(mask + 4, 0x0407);
	for (bar = 0; bar < 6; bar += 2) {
		config[0x10 + 4 * bar] = 4 * fuzz_below(fuzz, 2);
		put32(mask + 0x10 + 4 * bar, ~4095U);
		put32(mask + 0x14 + 4 * bar, ~0U);
	}
	memset(mask + 0x52, 0xff, 2);
	memset(mask + 0x54, 0xff, 16);
	put32(mask + 0x70, 0xc0000000);
}

void fuzz_ioctl_complete(struct fuzz *fuzz, int fd)
{
	struct pciem_complete complete = {
		.seq = fuzz_below(fuzz, 2) ? fuzz_below(fuzz, 1000) : fuzz_odd(fuzz),
		.value = fuzz_next(fuzz),
		.tag = fuzz_below(fuzz, 8) ? fuzz_below(fuzz, 64) : fuzz_odd(fuzz),
		.status = fuzz_below(fuzz, 6),
		.reserved = !fuzz_below(fuzz, 16),
	};

	ioctl(fd, PCIEM_COMPLETE, &complete);
}

/* None at all, now and then: what waits then ends when a file is closed. */
void fuzz_ioctl_timeout(struct fuzz *fuzz, int fd)
{
	struct pciem_timeout timeout = {
		.completion_timeout_us = fuzz_below(fuzz, 4) ? 50 + fuzz_below(fuzz, 20000) :
				     fuzz_below(fuzz, 2) ? 0 : fuzz_odd(fuzz),
		.reserved = !fuzz_below(fuzz, 16),
	};

	ioctl(fd, PCIEM_SET_TIMEOUT, &timeout);
}

void fuzz_ioctl_irq(struct fuzz *fuzz, int fd)
{
	struct pciem_irq irq = {
		.function = fuzz_below(fuzz, 8) ? fuzz_below(fuzz, 2) : fuzz_odd(fuzz),
		.vector = fuzz_below(fuzz, 8) ? fuzz_below(fuzz, 10) : fuzz_odd(fuzz),
		.flags = fuzz_below(fuzz, 2) ? 0 : fuzz_below(fuzz, 4),
		.reserved = !fuzz_below(fuzz, 16),
	};

	ioctl(fd, PCIEM_RAISE_IRQ, &irq);
}

/* The eventfd is signalled, given twice, taken back, and closed too early. */
void fuzz_ioctl_irqfd(struct fuzz *fuzz, int fd)
{
	uint64_t one = 1;
	struct pciem_irqfd irqfd = {
		.function = fuzz_below(fuzz, 2),
		.vector = fuzz_below(fuzz, 8),
		.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
		.flags = !fuzz_below(fuzz, 8) ? fuzz_odd(fuzz) : 0,
	};
	int event = irqfd.fd;

	if (!fuzz_below(fuzz, 8))
		irqfd.fd = fuzz_odd(fuzz);
	ioctl(fd, PCIEM_IRQFD, &irqfd);
	if (write(event, &one, sizeof(one)) < 0)
		return;
	if (fuzz_below(fuzz, 2)) {
		irqfd.flags = PCIEM_IRQFD_DEASSIGN;
		ioctl(fd, PCIEM_IRQFD, &irqfd);
	}
	close(event);
}

static void call_atomic(struct fuzz *fuzz, int fd)
{
	unsigned int size = 4U << fuzz_below(fuzz, 3);
	struct pciem_dma_atomic atomic = {
		.address = fuzz_odd(fuzz) & (fuzz_below(fuzz, 4) ? -(uint64_t)size : ~0ULL),
		.operand = { fuzz_next(fuzz), fuzz_next(fuzz) },
		.function = fuzz_below(fuzz, 8) ? fuzz_below(fuzz, 2) : fuzz_odd(fuzz),
		.op = fuzz_below(fuzz, 4),
		.size = fuzz_below(fuzz, 8) ? size : fuzz_odd(fuzz),
		.reserved = fuzz_below(fuzz, 8) ? 0 : fuzz_odd(fuzz),
	};

	ioctl(fd, PCIEM_DMA_ATOMIC, &atomic);
}

void fuzz_ioctl_dma(struct fuzz *fuzz, int fd, uint8_t *scratch)
{
	struct pciem_dma_op ops[8];
	struct pciem_dma dma = {
		.ops = fuzz_below(fuzz, 8) ? (uint64_t)ops : fuzz_odd(fuzz),
		.count = fuzz_below(fuzz, 8) ? 1 + fuzz_below(fuzz, 8) : fuzz_odd(fuzz),
		.function = fuzz_below(fuzz, 8) ? fuzz_below(fuzz, 2) : fuzz_odd(fuzz),
	};
	unsigned int i;

	for (i = 0; i < 8; i++)
		ops[i] = (struct pciem_dma_op){
			.address = fuzz_odd(fuzz),
			.buffer = fuzz_below(fuzz, 4) ? (uint64_t)scratch + fuzz_below(fuzz, 8192) :
							fuzz_odd(fuzz),
			.length = fuzz_below(fuzz, 4) ? 1 + fuzz_below(fuzz, 8192) : fuzz_odd(fuzz),
			.flags = fuzz_below(fuzz, 8) ? fuzz_below(fuzz, 2) : fuzz_odd(fuzz),
		};
	ioctl(fd, PCIEM_DMA, &dma);
	call_atomic(fuzz, fd);
}

void fuzz_ioctl_mark(struct fuzz *fuzz, int fd, uint8_t *scratch)
{
	struct pciem_mark mark = {
		.text = fuzz_below(fuzz, 4) ? (uint64_t)scratch + fuzz_below(fuzz, 8192) :
					      fuzz_odd(fuzz),
		.length = fuzz_below(fuzz, 4) ? 1 + fuzz_below(fuzz, 4096) : fuzz_odd(fuzz),
		.kind = fuzz_below(fuzz, 4),
	};

	ioctl(fd, PCIEM_MARK, &mark);
}
