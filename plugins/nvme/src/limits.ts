/** What this controller supports, as told in CAP and Identify Controller. */

/** Smallest memory page, CAP.MPSMIN = 0 (NVMe 1.4 §3.1.1): unit of MDTS. */
export const MIN_PAGE_SIZE = 4096;
/** CAP.MPSMAX: largest memory page is 2^(12 + 4) = 64 KiB. */
export const MPS_MAX = 4;
/** Entries of the largest queue; CAP.MQES is one less. */
export const MAX_QUEUE_ENTRIES = 4096;
/** CAP.TO: worst case from CC.EN to CSTS.RDY, in units of 500 ms. */
export const READY_TIMEOUT = 60;
/** Identify Controller MDTS: largest transfer is 2^7 minimum pages = 512 KiB (§5.15.2.2). */
export const MDTS = 7;
/** Bytes of the largest data transfer. */
export const MAX_TRANSFER = MIN_PAGE_SIZE << MDTS;
/** Bytes of a submission queue entry, 2^6 (§4.2). */
export const SQ_ENTRY_SIZE = 64;
export const SQ_ENTRY_SHIFT = 6;
/** Bytes of a completion queue entry, 2^4 (§4.6). */
export const CQ_ENTRY_SIZE = 16;
export const CQ_ENTRY_SHIFT = 4;
/** Asynchronous Event Requests that may be outstanding; AERL is one less. */
export const ASYNC_EVENT_LIMIT = 4;
/** Abort commands that may be outstanding; ACL is one less. */
export const ABORT_LIMIT = 4;
/** Entries of the Error Information log; ELPE is one less. */
export const ERROR_LOG_ENTRIES = 64;
/** I/O queue pairs that fit into the layout of BAR 0 (see layout.ts). */
export const MAX_IO_QUEUES = 64;
/** NSID that stands for all namespaces (§6.1.2). */
export const ALL_NAMESPACES = 0xffffffff;
/** Upper halves of bus addresses are below this: addresses from 2^53 on are on no bus, and not exact as numbers. */
export const MAX_HIGH = 1 << 21;
