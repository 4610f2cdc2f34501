/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Everything that differs between the supported kernels, and nothing else.
 * Kbuild looks at the kernel's headers and defines PCIEM_HAVE_*.
 */
#ifndef PCIEM_COMPAT_H
#define PCIEM_COMPAT_H

#include <linux/dma-map-ops.h>

/* The member of struct dma_map_ops was renamed in 6.5. */
#ifndef PCIEM_HAVE_ALLOC_PAGES_OP
#define alloc_pages_op alloc_pages
#endif

#endif /* PCIEM_COMPAT_H */
