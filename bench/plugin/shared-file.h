/* SPDX-License-Identifier: MIT */
/* The only argument of a plugin here, NAME=PATH, and the file that it shares with whoever reads it meanwhile. */
#ifndef PCIEM_SHARED_FILE_H
#define PCIEM_SHARED_FILE_H

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The file's memory, zero at first; NULL, with a message, if there is none. */
static void *map_shared_file(const char *name, size_t size, int argc, char **argv)
{
	size_t length = strlen(name);
	void *memory;
	int fd;

	if (argc != 1 || strncmp(argv[0], name, length) != 0 || argv[0][length] != '=') {
		fprintf(stderr, "The only argument is %s=PATH\n", name);
		return NULL;
	}
	fd = open(argv[0] + length + 1, O_RDWR | O_CREAT | O_TRUNC, 0600);
	memory = fd < 0 || ftruncate(fd, size) < 0 ?
			 MAP_FAILED :
			 mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		perror(argv[0] + length + 1);
	if (fd >= 0)
		close(fd);
	return memory == MAP_FAILED ? NULL : memory;
}

#endif
