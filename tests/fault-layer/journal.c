/* The undo journal: see journal.h for its layout. Uses raw system calls only, so that it never meets its own shim. */
#define _GNU_SOURCE
#include "journal.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#define MAGIC 0x31304a46u
#define HEADER_BYTES 56
/* Out of the way of descriptors a program numbers itself (stdio pipes, listening sockets handed over by number). */
#define LOWEST_FD 200

static pthread_mutex_t threads = PTHREAD_MUTEX_INITIALIZER;
static int journal_fd = -1;
static int lock_fd = -1;
static char lock_path[4096];

#if defined(__x86_64__)
long raw(long number, long a, long b, long c, long d, long e, long f) {
	long result;
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}
#elif defined(__aarch64__)
long raw(long number, long a, long b, long c, long d, long e, long f) {
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;
	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
	return x0;
}
#else
#error "the fault layer knows the system call convention of x86-64 and arm64 only"
#endif

void journal_die(const char *what) {
	static const char prefix[] = "fault layer: ";
	raw(SYS_write, 2, (long)prefix, sizeof(prefix) - 1, 0, 0, 0);
	raw(SYS_write, 2, (long)what, (long)strlen(what), 0, 0, 0);
	raw(SYS_write, 2, (long)"\n", 1, 0, 0, 0);
	raw(SYS_exit_group, 99, 0, 0, 0, 0, 0);
	__builtin_unreachable();
}

int open_high(const char *path, int flags) {
	long fd = raw(SYS_openat, AT_FDCWD, (long)path, flags | O_CREAT | O_CLOEXEC, 0600, 0, 0);
	if (fd < 0)
		journal_die("cannot open a file of the side directory");
	long high = raw(SYS_fcntl, fd, F_DUPFD_CLOEXEC, LOWEST_FD, 0, 0, 0);
	raw(SYS_close, fd, 0, 0, 0, 0, 0);
	if (high < 0)
		journal_die("no descriptor left for the journal");
	return (int)high;
}

static void before_fork(void) { pthread_mutex_lock(&threads); }
static void after_fork_in_parent(void) { pthread_mutex_unlock(&threads); }
static void after_fork_in_child(void) {
	/* flock belongs to the open file description, which parent and child share until the child opens its own. */
	lock_fd = open_high(lock_path, O_RDWR);
	pthread_mutex_unlock(&threads);
}

void journal_open(const char *side) {
	char path[4096];
	snprintf(path, sizeof(path), "%s/journal", side);
	journal_fd = open_high(path, O_WRONLY | O_APPEND);
	snprintf(lock_path, sizeof(lock_path), "%s/lock", side);
	lock_fd = open_high(lock_path, O_RDWR);
	pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

void journal_lock(void) {
	pthread_mutex_lock(&threads);
	while (raw(SYS_flock, lock_fd, LOCK_EX, 0, 0, 0, 0) < 0) {
	}
}

void journal_unlock(void) {
	raw(SYS_flock, lock_fd, LOCK_UN, 0, 0, 0, 0);
	pthread_mutex_unlock(&threads);
}

uint64_t journal_end(void) {
	long end = raw(SYS_lseek, journal_fd, 0, SEEK_END, 0, 0, 0);
	if (end < 0)
		journal_die("cannot seek in the journal");
	return (uint64_t)end;
}

static void put32(unsigned char *at, uint32_t value) { memcpy(at, &value, 4); }
static void put64(unsigned char *at, uint64_t value) { memcpy(at, &value, 8); }

uint64_t journal_append(const struct journal_record *record) {
	size_t length1 = record->name1 ? strlen(record->name1) : 0;
	size_t length2 = record->name2 ? strlen(record->name2) : 0;
	size_t total = HEADER_BYTES + length1 + length2 + record->data_length;
	unsigned char header[HEADER_BYTES];
	put32(header, MAGIC);
	put32(header + 4, (uint32_t)record->kind);
	put64(header + 8, total);
	put64(header + 16, record->a);
	put64(header + 24, record->b);
	put64(header + 32, record->c);
	put64(header + 40, record->d);
	put32(header + 48, (uint32_t)length1);
	put32(header + 52, (uint32_t)length2);
	struct iovec parts[4] = {
		{header, HEADER_BYTES},
		{(void *)record->name1, length1},
		{(void *)record->name2, length2},
		{(void *)record->data, record->data_length},
	};
	uint64_t start = journal_end();
	if (raw(SYS_writev, journal_fd, (long)parts, 4, 0, 0, 0) != (long)total)
		journal_die("cannot append to the journal");
	return start;
}
