#ifndef PCIEM_TEST_FUZZ_H
#define PCIEM_TEST_FUZZ_H

#include <stdint.h>

#include <linux/pciem.h>

/* One source of random numbers: the same seed, the same calls. */
struct fuzz {
	uint64_t state;
};

uint64_t fuzz_next(struct fuzz *fuzz);
/* 0 to @limit - 1. */
uint64_t fuzz_below(struct fuzz *fuzz, uint64_t limit);
/* A number that programs get wrong: powers of two and their neighbours, signs, ends of ranges. */
uint64_t fuzz_odd(struct fuzz *fuzz);

/* Arguments that are right in most fields. */
void fuzz_create(struct fuzz *fuzz, struct pciem_create *create);
void fuzz_config(struct fuzz *fuzz, uint8_t *config);

void fuzz_ioctl_complete(struct fuzz *fuzz, int fd);
void fuzz_ioctl_timeout(struct fuzz *fuzz, int fd);
void fuzz_ioctl_irq(struct fuzz *fuzz, int fd);
void fuzz_ioctl_irqfd(struct fuzz *fuzz, int fd);
void fuzz_ioctl_dma(struct fuzz *fuzz, int fd, uint8_t *scratch);
void fuzz_ioctl_mark(struct fuzz *fuzz, int fd, uint8_t *scratch);

#endif
