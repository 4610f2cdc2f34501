// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel threads, one on each CPU, that access the BAR as fast as they can.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/io.h>
#include <linux/kthread.h>
#include <linux/slab.h>

#include "test.h"

#define REG_FORWARDED	0x10
#define REG_NOTIFY	0x20
#define REG_PLAIN	0x40

struct test_thread {
	struct test_device *test;
	struct task_struct *task;
	unsigned int number;
	u64 done;
};

/* Writes that count up, each thread to a register of its own. */
static int flood(void *data)
{
	struct test_thread *thread = data;
	void __iomem *at = thread->test->bar + thread->test->flood_offset + 4 * thread->number;

	while (!kthread_should_stop()) {
		writel(++thread->done, at);
		cond_resched();
	}
	return 0;
}

/* All kinds of accesses, in contexts that may sleep and in ones that may not. */
static int hammer(void *data)
{
	struct test_thread *thread = data;
	void __iomem *bar = thread->test->bar;
	unsigned long flags;

	while (!kthread_should_stop()) {
		writel(thread->done, bar + REG_NOTIFY);
		readl(bar + REG_PLAIN);
		if (++thread->done % 4 == 0) {
			local_irq_save(flags);
			readl(bar + REG_FORWARDED);
			local_irq_restore(flags);
		} else {
			readl(bar + REG_FORWARDED);
		}
		cond_resched();
	}
	return 0;
}

/* Returns how many accesses were made. */
u64 test_threads_stop(struct test_device *test)
{
	u64 done = 0;
	unsigned int i;

	for (i = 0; i < test->num_threads; i++) {
		kthread_stop(test->threads[i].task);
		put_task_struct(test->threads[i].task);
		done += test->threads[i].done;
	}
	test->num_threads = 0;
	kfree(test->threads);
	test->threads = NULL;
	return done;
}

static int start(struct test_device *test, int (*function)(void *))
{
	unsigned int cpu;

	if (test->threads)
		return -EBUSY;
	test->threads = kcalloc(num_possible_cpus(), sizeof(*test->threads), GFP_KERNEL);
	if (!test->threads)
		return -ENOMEM;
	for_each_online_cpu(cpu) {
		struct test_thread *thread = &test->threads[test->num_threads];

		thread->test = test;
		thread->number = test->num_threads;
		thread->task = kthread_create_on_cpu(function, thread, cpu, "pciem-test/%u");
		if (IS_ERR(thread->task))
			break;
		get_task_struct(thread->task);
		test->num_threads++;
		wake_up_process(thread->task);
	}
	return 0;
}

int test_hammer(struct test_device *test)
{
	return start(test, hammer);
}

int test_flood(struct test_device *test, u64 offset, u64 milliseconds)
{
	int ret;

	test->flood_offset = offset;
	ret = start(test, flood);
	if (ret)
		return ret;
	msleep(milliseconds);
	test->result = test_threads_stop(test);
	return 0;
}
