// SPDX-License-Identifier: GPL-2.0-only
/* The completion timeout, changed and switched off while drivers wait. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "device.h"
#include "tests.h"

#define SIZE 4096
#define ANSWER 0x600d

static atomic_bool held;
static atomic_int arrived;

/* The device does not answer before it is let go. */
static uint64_t hold(struct device *device, const struct pciem_record *record)
{
	arrived++;
	while (held)
		usleep(1000);
	return ANSWER;
}

static bool start(struct device *device)
{
	device_init(device, "timeout", 1);
	device_bar(device, 0, 0, PCIEM_BAR_TRAPPED, SIZE, 0);
	device->on_read = hold;
	if (!device_create(device))
		return false;
	device->bar[0][0][4 * SIZE] = PCIEM_BYTE_FORWARD;
	return device_plug(device) && !device_command(device, 0, "map 0 0 0 %x", SIZE);
}

/* Let the device answer, and wait until it has. */
static void let_go(struct device *device)
{
	held = false;
	CHECK(wait_for(&device->reads, arrived), "answered");
}

/* A process in whose context the driver reads; returns when the read has arrived. */
static pid_t read_in_child(struct device *device, const char *command)
{
	int before = arrived;
	pid_t pid;

	held = true;
	pid = fork();
	if (!pid)
		_exit(device_command(device, 0, "%s", command));
	CHECK(wait_for(&arrived, before + 1), "the read has arrived");
	return pid;
}

static bool ended(pid_t pid, int signal)
{
	int status;

	return waitpid(pid, &status, 0) == pid &&
	       (signal ? WIFSIGNALED(status) && WTERMSIG(status) == signal : status == 0);
}

static void refused(struct device *device)
{
	struct pciem_timeout timeout = { .completion_timeout_us = 1000, .reserved = 1 };

	CHECK(!device_set_timeout(device, 49) && errno == EINVAL, "49 us");
	CHECK(!device_set_timeout(device, 64000001) && errno == EINVAL, "64000001 us");
	CHECK(ioctl(device->fd, PCIEM_SET_TIMEOUT, &timeout) && errno == EINVAL, "reserved");
}

/* Longer than any timeout that PCIe has, and than tasks may hang, in the long form. */
static void held_long(struct device *device)
{
	const char *seconds = getenv("PCIEM_TEST_HOLD_SECONDS");
	pid_t pid;

	CHECK(device_set_timeout(device, 0), "no timeout");
	pid = read_in_child(device, "r4 0");
	sleep(seconds ? atoi(seconds) : getenv("PCIEM_TEST_LONG") ? 305 : 2);
	let_go(device);
	CHECK(ended(pid, 0), "the driver goes on");
	CHECK(device_result(device, 0) == ANSWER, "answer: %llx",
	      (unsigned long long)device_result(device, 0));
	CHECK(device_stats(device).timeouts == 0, "no timeout");
}

static void switched_on(struct device *device)
{
	pid_t pid = read_in_child(device, "r4 0");

	CHECK(device_set_timeout(device, 1000), "a millisecond");
	CHECK(ended(pid, 0), "the driver goes on");
	CHECK(device_result(device, 0) == 0xffffffff, "all-ones");
	CHECK(device_stats(device).timeouts == 1, "a timeout");
	let_go(device);
}

static void killed(struct device *device)
{
	pid_t pid;

	CHECK(device_set_timeout(device, 0), "no timeout");
	pid = read_in_child(device, "r4 0");
	kill(pid, SIGKILL);
	CHECK(ended(pid, SIGKILL), "killed in its read");
	CHECK(device_stats(device).timeouts == 2, "counted as a timeout");
	let_go(device);
}

/* Where the driver cannot sleep it does not wait for ever either. */
static void spinning(struct device *device)
{
	pid_t pid = read_in_child(device, "spin 0");

	CHECK(ended(pid, 0), "the driver goes on");
	CHECK(device_result(device, 0) == 0xffffffff, "all-ones");
	let_go(device);
}

/* The device's process dies while a driver waits without a timeout. */
static void device_killed(void)
{
	struct device device;
	int pipes[2];
	uint32_t domain = 0;
	pid_t server, reader;

	CHECK(!pipe(pipes), "pipe");
	server = fork();
	if (!server) {
		held = true;
		if (!start(&device) || !device_set_timeout(&device, 0) ||
		    write(pipes[1], &device.create.domain, sizeof(domain)) < 0 ||
		    !wait_for(&arrived, 1) || write(pipes[1], &domain, sizeof(domain)) < 0)
			_exit(1);
		for (;;)
			pause();
	}
	close(pipes[1]);
	CHECK(read(pipes[0], &domain, sizeof(domain)) == sizeof(domain), "plugged");
	device.create.domain = domain;
	reader = fork();
	if (!reader)
		_exit(device_command(&device, 0, "r4 0"));
	CHECK(read(pipes[0], &domain, sizeof(domain)) == sizeof(domain), "the read has arrived");
	kill(server, SIGKILL);
	CHECK(ended(server, SIGKILL), "the device is killed");
	CHECK(ended(reader, 0), "the driver goes on");
	close(pipes[0]);
}

void test_timeout(void)
{
	struct device device;

	arrived = 0;
	device_killed();
	if (!start(&device)) {
		CHECK(false, "start");
		return;
	}
	refused(&device);
	held_long(&device);
	switched_on(&device);
	killed(&device);
	spinning(&device);
	device_unplug(&device);
	device_close(&device);
}
