/* SPDX-License-Identifier: GPL-2.0-only */
/* Everything that differs between the supported kernels, and nothing else. */
#ifndef PCIEM_COMPAT_H
#define PCIEM_COMPAT_H

#include <linux/dma-map-ops.h>
#include <linux/version.h>

/* 6.5 renamed the member, so that the name can be a macro elsewhere. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#define PCIEM_DMA_OPS_ALLOC_PAGES	.alloc_pages_op
#else
#define PCIEM_DMA_OPS_ALLOC_PAGES	.alloc_pages
#endif

#endif /* PCIEM_COMPAT_H */
