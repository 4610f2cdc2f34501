/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Everything that differs between the supported kernels, and nothing else.
 * Kbuild looks at the kernel's headers and defines PCIEM_HAVE_*.
 */
#ifndef PCIEM_COMPAT_H
#define PCIEM_COMPAT_H

#include <linux/dma-map-ops.h>
#include <linux/hrtimer.h>

/* The member of struct dma_map_ops was renamed in 6.5. */
#ifndef PCIEM_HAVE_ALLOC_PAGES_OP
#define alloc_pages_op alloc_pages
#endif

/* hrtimer_setup() came in 6.13, hrtimer_init() went in 6.15. */
static inline void pciem_hrtimer_setup(struct hrtimer *timer,
				       enum hrtimer_restart (*function)(struct hrtimer *),
				       enum hrtimer_mode mode)
{
#ifdef PCIEM_HAVE_HRTIMER_SETUP
	hrtimer_setup(timer, function, CLOCK_MONOTONIC, mode);
#else
	hrtimer_init(timer, CLOCK_MONOTONIC, mode);
	timer->function = function;
#endif
}

#endif /* PCIEM_COMPAT_H */
