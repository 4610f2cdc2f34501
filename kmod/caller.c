// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who makes an access, for taps that ask for it.
 *
 * An access carries a key: an address in the kernel's text, or, from user space, a
 * number for the process. No key leaves the kernel: each tap numbers the callers
 * that it sees, and tells their names once.
 */
#include <linux/ctype.h>
#include <linux/hash.h>
#include <linux/jhash.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/stacktrace.h>
#include <linux/string.h>

#include "internal.h"

/* Deep enough for helpers of helpers, below the exception. */
#define STACK_DEPTH	32

/* Callers that a tap remembers, in sets of WAYS; others get a new number each time. */
#define SET_BITS	8
#define WAYS		4

struct pciem_callers {
	unsigned int generation;
	u32 last;
	struct {
		u64 key;
		u32 id;
	} entries[1 << SET_BITS][WAYS];
};

/* A module may be where another one was: the names are not good any more. */
static atomic_t generation = ATOMIC_INIT(0);

/* Functions of the kernel between a driver and its device: nobody asks for them. */
static const char *const helpers[] = {
	"ioread", "iowrite", "__ioread", "__iowrite", "mmio_", "memcpy", "__memcpy", "memset",
	"__memset", "string_memcpy", "unrolled_mem", "regmap_", "_regmap_", "pci_bus_read_config",
	"pci_bus_write_config", "pci_read_config_", "pci_write_config_", "pci_user_read_config",
	"pci_user_write_config", "pcie_capability_", "pci_clear_and_set_config", "pci_find_",
	"pci_bus_find_", "__pci_find_", "pci_power_up", "pci_set_low_power_state",
};

/* What is known of addresses: the address, shifted by one, and whether it is in a helper. */
#define KNOWN_BITS	8
static u64 known[1 << KNOWN_BITS];

static bool has_helper_name(unsigned long ip)
{
	char name[PCIEM_CALLER_TEXT];
	unsigned int i;

	scnprintf(name, sizeof(name), "%ps", (void *)ip);
	/* Those of a module are its own business. */
	if (strchr(name, '['))
		return false;
	for (i = 0; i < ARRAY_SIZE(helpers); i++)
		if (str_has_prefix(name, helpers[i]))
			return true;
	return false;
}

static bool is_helper(unsigned long ip)
{
	u64 *entry = &known[hash_64(ip, KNOWN_BITS)];
	u64 word = READ_ONCE(*entry);

	/* All addresses have the top bit set. */
	if (word >> 1 != (ip & (U64_MAX >> 1))) {
		word = (u64)ip << 1 | has_helper_name(ip);
		WRITE_ONCE(*entry, word);
	}
	return word & 1;
}

/* The first on the stack, from @ip on if it is there, that is neither ours nor a helper. */
static unsigned long walk(unsigned long ip)
{
	unsigned long stack[STACK_DEPTH];
	unsigned int n = stack_trace_save(stack, STACK_DEPTH, 1);
	unsigned int i = 0;

	if (ip)
		while (i < n && stack[i] != ip)
			i++;
	for (; i < n; i++)
		if (!within_module(stack[i], THIS_MODULE) && !is_helper(stack[i]))
			return stack[i];
	return ip;
}

/* The name is part of it, as a process may exec() another program. */
static u64 process_key(void)
{
	char name[TASK_COMM_LEN];

	strscpy_pad(name, current->comm, sizeof(name));
	return (u64)(jhash(name, sizeof(name), 0) & S32_MAX) << 32 | task_tgid_nr(current);
}

/**
 * pciem_caller_of_access() - who accesses a BAR
 * @ep: endpoint that is accessed
 * @context: of the access
 *
 * Return: a key for struct pciem_tap_entry; 0 if no tap wants to know.
 */
u64 pciem_caller_of_access(const struct pciem_endpoint *ep, const struct pciem_context *context)
{
	if (!READ_ONCE(ep->caller_taps) || !context->ip)
		return 0;
	if (context->user)
		return process_key();
	return is_helper(context->ip) ? walk(context->ip) : context->ip;
}

/**
 * pciem_caller_here() - who called the module
 * @ep: endpoint that is accessed
 *
 * Return: as pciem_caller_of_access().
 */
u64 pciem_caller_here(const struct pciem_endpoint *ep)
{
	return READ_ONCE(ep->caller_taps) ? walk(0) : 0;
}

struct pciem_callers *pciem_callers_alloc(void)
{
	struct pciem_callers *callers = kvzalloc(sizeof(*callers), GFP_KERNEL_ACCOUNT);

	if (callers)
		callers->generation = atomic_read(&generation);
	return callers;
}

void pciem_callers_free(struct pciem_callers *callers)
{
	kvfree(callers);
}

/**
 * pciem_caller_find() - the number of a caller
 * @callers: of a tap; its endpoint is locked
 * @key: of the caller
 *
 * Return: the number, or 0 for one that is to be added.
 */
u32 pciem_caller_find(struct pciem_callers *callers, u64 key)
{
	unsigned int set = hash_64(key, SET_BITS);
	unsigned int now = atomic_read(&generation);
	unsigned int i;

	if (callers->generation != now) {
		callers->generation = now;
		memset(callers->entries, 0, sizeof(callers->entries));
	}
	for (i = 0; i < WAYS; i++)
		if (callers->entries[set][i].key == key)
			return callers->entries[set][i].id;
	return 0;
}

/**
 * pciem_caller_add() - number a caller
 * @callers: of a tap; its endpoint is locked
 * @key: of the caller, which may take the place of another one's
 *
 * Return: its number, which no other caller ever gets.
 */
u32 pciem_caller_add(struct pciem_callers *callers, u64 key)
{
	u32 id = ++callers->last;
	unsigned int set = hash_64(key, SET_BITS);

	callers->entries[set][id % WAYS].key = key;
	callers->entries[set][id % WAYS].id = id;
	return id;
}

static unsigned int process_name(char *text, u64 key)
{
	char name[TASK_COMM_LEN];
	unsigned int i;

	strscpy_pad(name, current->comm, sizeof(name));
	for (i = 0; name[i]; i++)
		if (!isascii(name[i]) || !isprint(name[i]))
			name[i] = '?';
	return scnprintf(text, PCIEM_CALLER_TEXT, "%s[%u]", name, (u32)key);
}

/**
 * pciem_caller_name() - what a caller is called
 * @key: of the caller; if it is a process, it is the current one
 * @text: out: at most PCIEM_CALLER_TEXT bytes
 * @kind: out: enum pciem_caller
 *
 * Return: the length.
 */
unsigned int pciem_caller_name(u64 key, char *text, u16 *kind)
{
	unsigned int length;

	if (!(key >> 63)) {
		*kind = PCIEM_CALLER_PROCESS;
		return process_name(text, key);
	}
	*kind = PCIEM_CALLER_FUNCTION;
	length = scnprintf(text, PCIEM_CALLER_TEXT, "%pS", (void *)(unsigned long)key);
	/* A name, never an address: what has none begins with 0x. */
	if (!str_has_prefix(text, "0x"))
		return length;
	return scnprintf(text, PCIEM_CALLER_TEXT, "unknown");
}

static int module_changes(struct notifier_block *nb, unsigned long state, void *data)
{
	if (state == MODULE_STATE_COMING)
		atomic_inc(&generation);
	return NOTIFY_DONE;
}

static struct notifier_block module_notifier = {
	.notifier_call = module_changes,
};

int pciem_caller_init(void)
{
	return register_module_notifier(&module_notifier);
}

void pciem_caller_exit(void)
{
	unregister_module_notifier(&module_notifier);
}
