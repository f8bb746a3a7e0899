/* Changes of file data and size, stores into shared mappings, and the syncs that make them durable. See unsynced.c. */
#include "shim.h"

#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define MAPPING_BYTES_MAX (64u << 20)

static unsigned char *pre_image;
static size_t pre_image_capacity;

/* Reads [offset, offset + length) of a file as it is now (journal lock held). `fd` may be write only, so the kept link is read. */
static size_t read_before(ino_t inode, off_t offset, size_t length) {
	char kept[PATH_MAX];
	if (length > pre_image_capacity) {
		free(pre_image);
		pre_image_capacity = length * 2;
		pre_image = malloc(pre_image_capacity);
		if (!pre_image)
			journal_die("out of memory");
	}
	kept_path(kept, inode);
	long fd = raw(SYS_openat, AT_FDCWD, (long)kept, O_RDONLY | O_CLOEXEC, 0, 0, 0);
	if (fd < 0)
		journal_die("a watched file has no kept link");
	size_t got = 0;
	while (got < length) {
		long n = raw(SYS_pread64, fd, (long)(pre_image + got), (long)(length - got), offset + (off_t)got, 0, 0);
		if (n <= 0)
			break;
		got += (size_t)n;
	}
	raw(SYS_close, fd, 0, 0, 0, 0, 0);
	return got;
}

/* Records a write of `length` bytes at `offset` (journal lock held); returns the record's offset. */
static uint64_t record_write(const struct stat *status, off_t offset, size_t length) {
	size_t before = 0;
	if (offset < status->st_size) {
		size_t rest = (size_t)(status->st_size - offset);
		before = read_before(status->st_ino, offset, rest < length ? rest : length);
	}
	struct journal_record record = {
		.kind = JOURNAL_WRITE, .a = status->st_ino, .b = (uint64_t)offset, .c = (uint64_t)status->st_size,
		.d = length, .data = pre_image, .data_length = before,
	};
	return journal_append(&record);
}

uint64_t record_resize(const struct stat *status, off_t size) {
	size_t before = 0;
	if (size < status->st_size)
		before = read_before(status->st_ino, size, (size_t)(status->st_size - size));
	struct journal_record record = {
		.kind = JOURNAL_RESIZE, .a = status->st_ino, .b = (uint64_t)size, .c = (uint64_t)status->st_size,
		.data = pre_image, .data_length = before,
	};
	return journal_append(&record);
}

static void record_durable(uint64_t write_record) {
	struct journal_record record = {.kind = JOURNAL_DURABLE, .d = write_record};
	journal_append(&record);
}

static off_t place_of_write(int fd, long flags, off_t offset, const struct stat *status) {
	if (flags & O_APPEND)
		return status->st_size;
	return offset < 0 ? raw(SYS_lseek, fd, 0, SEEK_CUR, 0, 0, 0) : offset;
}

/* The first `keep` bytes of what the system call `number` was to write. */
static long write_prefix(int fd, long number, const void *buffer, long count, size_t keep, off_t offset) {
	struct iovec parts[1024];
	if (keep == 0)
		return 0;
	if (number == SYS_write || number == SYS_pwrite64)
		return raw(number, fd, (long)buffer, (long)keep, offset, 0, 0);
	const struct iovec *given = buffer;
	long used = 0;
	for (; used < count && used < 1024 && keep > 0; used++) {
		parts[used] = given[used];
		if (parts[used].iov_len > keep)
			parts[used].iov_len = keep;
		keep -= parts[used].iov_len;
	}
	return raw(number, fd, (long)parts, used, offset, 0, 0);
}

/* A write through `fd`; offset -1 means the descriptor's own. `number` is the system call, `a` and `b` its buffer arguments. */
static ssize_t do_write(int fd, long number, const void *buffer, long count, size_t length, off_t offset) {
	struct stat status;
	if (!watched_fd(fd, &status))
		return done(raw(number, fd, (long)buffer, count, offset, 0, 0));
	long flags = raw(SYS_fcntl, fd, F_GETFL, 0, 0, 0, 0);
	off_t end = place_of_write(fd, flags, offset, &status) + (off_t)length;
	uint64_t growth = end > status.st_size ? (uint64_t)(end - status.st_size) : 0;
	struct verdict verdict = inject_fd(fd, "write", end - (off_t)length, length, growth < length ? growth : length);
	if (verdict.error && !verdict.done)
		return done(-verdict.error);
	journal_lock();
	raw(SYS_fstat, fd, (long)&status, 0, 0, 0, 0);
	off_t at = place_of_write(fd, flags, offset, &status);
	uint64_t record = record_write(&status, at, verdict.keep);
	long result = verdict.keep == length ? raw(number, fd, (long)buffer, count, offset, 0, 0)
					     : write_prefix(fd, number, buffer, count, verdict.keep, offset);
	if (verdict.dies)
		die_now();
	/* O_SYNC includes the bit of O_DSYNC. */
	if (result >= 0 && (flags & O_DSYNC))
		record_durable(record);
	journal_unlock();
	return done(judged(result, &verdict));
}

static size_t total_length(const struct iovec *parts, int count) {
	size_t length = 0;
	for (int i = 0; i < count; i++)
		length += parts[i].iov_len;
	return length;
}

EXPORT ssize_t write(int fd, const void *buffer, size_t length) {
	return do_write(fd, SYS_write, buffer, (long)length, length, -1);
}
EXPORT ssize_t pwrite64(int fd, const void *buffer, size_t length, off64_t offset) {
	return do_write(fd, SYS_pwrite64, buffer, (long)length, length, offset);
}
EXPORT ssize_t pwrite(int fd, const void *buffer, size_t length, off_t offset) {
	return pwrite64(fd, buffer, length, offset);
}
EXPORT ssize_t writev(int fd, const struct iovec *parts, int count) {
	return do_write(fd, SYS_writev, parts, count, total_length(parts, count), -1);
}
EXPORT ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) {
	return do_write(fd, SYS_pwritev, parts, count, total_length(parts, count), offset);
}
EXPORT ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
	return pwritev64(fd, parts, count, offset);
}
EXPORT ssize_t pwritev64v2(int fd, const struct iovec *parts, int count, off64_t offset, int flags) {
	struct stat status;
	if (flags && watched_fd(fd, &status))
		journal_die("pwritev2 with flags");
	return offset == -1 ? writev(fd, parts, count) : pwritev64(fd, parts, count, offset);
}
EXPORT ssize_t pwritev2(int fd, const struct iovec *parts, int count, off_t offset, int flags) {
	return pwritev64v2(fd, parts, count, offset, flags);
}

EXPORT int ftruncate64(int fd, off64_t size) {
	struct stat status;
	if (!watched_fd(fd, &status))
		return (int)done(raw(SYS_ftruncate, fd, size, 0, 0, 0, 0));
	/* A hole needs no space. */
	struct verdict verdict = inject_fd(fd, "truncate", size, 0, 0);
	if (verdict.error && !verdict.done)
		return (int)done(-verdict.error);
	journal_lock();
	raw(SYS_fstat, fd, (long)&status, 0, 0, 0, 0);
	record_resize(&status, size);
	long result = raw(SYS_ftruncate, fd, size, 0, 0, 0, 0);
	journal_unlock();
	return (int)done(judged(result, &verdict));
}
EXPORT int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

EXPORT int truncate64(const char *path, off64_t size) {
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	int result = ftruncate64(fd, size);
	int saved = errno;
	close(fd);
	errno = saved;
	return result;
}
EXPORT int truncate(const char *path, off_t size) { return truncate64(path, size); }

EXPORT int fallocate64(int fd, int mode, off64_t offset, off64_t length) {
	struct stat status;
	if (!watched_fd(fd, &status))
		return (int)done(raw(SYS_fallocate, fd, mode, offset, length, 0, 0));
	if (mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE))
		journal_die("fallocate in a mode that moves data");
	uint64_t growth = offset + length > status.st_size ? (uint64_t)(offset + length - status.st_size) : 0;
	struct verdict verdict = inject_fd(fd, "allocate", offset, (size_t)length, growth);
	if (verdict.error && !verdict.done)
		return (int)done(-verdict.error);
	journal_lock();
	raw(SYS_fstat, fd, (long)&status, 0, 0, 0, 0);
	if (mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE))
		record_write(&status, offset, (size_t)length);
	else if (!(mode & FALLOC_FL_KEEP_SIZE) && offset + length > status.st_size)
		record_resize(&status, offset + length);
	long result = raw(SYS_fallocate, fd, mode, offset, length, 0, 0);
	journal_unlock();
	return (int)done(judged(result, &verdict));
}
EXPORT int fallocate(int fd, int mode, off_t offset, off_t length) { return fallocate64(fd, mode, offset, length); }
EXPORT int posix_fallocate64(int fd, off64_t offset, off64_t length) {
	return fallocate64(fd, 0, offset, length) == 0 ? 0 : errno;
}
EXPORT int posix_fallocate(int fd, off_t offset, off_t length) { return posix_fallocate64(fd, offset, length); }

/* ---- shared writable mappings: stores cannot be seen, so a snapshot stands for "before" until msync ---- */

struct mapping {
	struct mapping *next;
	ino_t inode;
	unsigned char *address;
	size_t length;
	off_t offset;
	char path[PATH_MAX]; /* from ROOT, as it was when it was mapped */
};
static struct mapping *mappings; /* shared writable ones, under the journal lock */

static void record_mapping(const struct mapping *mapping) {
	char kept[PATH_MAX];
	struct stat status;
	kept_path(kept, mapping->inode);
	if (!lstat_at(AT_FDCWD, kept, &status) || mapping->offset >= status.st_size)
		return;
	size_t rest = (size_t)(status.st_size - mapping->offset);
	record_write(&status, mapping->offset, rest < mapping->length ? rest : mapping->length);
}

static void record_mappings_of(ino_t inode) {
	for (const struct mapping *m = mappings; m; m = m->next)
		if (m->inode == inode)
			record_mapping(m);
}

EXPORT void *mmap64(void *address, size_t length, int protection, int flags, int fd, off64_t offset) {
	struct stat status;
	int shared = (flags & MAP_TYPE) == MAP_SHARED || (flags & MAP_TYPE) == MAP_SHARED_VALIDATE;
	int record = shared && (protection & PROT_WRITE) && !(flags & MAP_ANONYMOUS) && watched_fd(fd, &status);
	long result = raw(SYS_mmap, (long)address, (long)length, protection, flags, fd, offset);
	if (result < 0 && result > -4096)
		return (void *)done(result);
	if (!record)
		return (void *)result;
	if (length > MAPPING_BYTES_MAX)
		journal_die("a shared writable mapping above 64 MiB");
	struct mapping *mapping = malloc(sizeof(*mapping));
	if (!mapping)
		journal_die("out of memory");
	journal_lock();
	*mapping = (struct mapping){mappings, status.st_ino, (unsigned char *)result, length, offset, ""};
	path_of_fd(fd, mapping->path);
	mappings = mapping;
	record_mapping(mapping);
	journal_unlock();
	return (void *)result;
}
EXPORT void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset) {
	return mmap64(address, length, protection, flags, fd, offset);
}

/* ---- syncs ---- */

static void wait_like_a_disk(void) {
	struct timespec time = {sync_us / 1000000, (sync_us % 1000000) * 1000};
	if (sync_us > 0)
		raw(SYS_nanosleep, (long)&time, 0, 0, 0, 0, 0);
}

static void finish_sync(struct journal_record record) {
	wait_like_a_disk();
	journal_lock();
	journal_append(&record);
	journal_unlock();
}

/* A sync that failed: what it was to make durable never will be, unless it is written again. */
static int fail_sync(const struct stat *status, int error) {
	if (S_ISREG(status->st_mode)) {
		journal_lock();
		struct journal_record record = {.kind = JOURNAL_LOST, .a = status->st_ino, .d = journal_end()};
		journal_append(&record);
		journal_unlock();
	}
	return (int)done(-error);
}

/*
 * 1 when `fd` was a watched file or a directory below ROOT; its outcome is in `result`. Covers what was complete at the call,
 * not what came during it.
 */
static int sync_fd(int fd, int *result) {
	struct stat status;
	if (!enabled || raw(SYS_fstat, fd, (long)&status, 0, 0, 0, 0) < 0 || status.st_dev != root_device)
		return 0;
	if (!S_ISDIR(status.st_mode) && !(S_ISREG(status.st_mode) && is_watched(status.st_ino)))
		return 0;
	struct verdict verdict = inject_fd(fd, "sync", 0, 0, 0);
	if (verdict.error && !verdict.done) {
		*result = fail_sync(&status, verdict.error);
		return 1;
	}
	struct journal_record record = {.a = status.st_ino};
	if (S_ISDIR(status.st_mode)) {
		/* A directory elsewhere costs a record that nothing refers to. */
		record.kind = JOURNAL_SYNCDIR;
		journal_lock();
		record.d = journal_end();
		journal_unlock();
	} else {
		record.kind = JOURNAL_SYNC;
		record.c = UINT64_MAX;
		journal_lock();
		record.d = journal_end();
		record_mappings_of(status.st_ino);
		journal_unlock();
	}
	finish_sync(record);
	*result = (int)done(judged(0, &verdict));
	return 1;
}

static int do_sync(int fd, long number) {
	int result;
	return sync_fd(fd, &result) ? result : (int)done(raw(number, fd, 0, 0, 0, 0, 0));
}
EXPORT int fsync(int fd) { return do_sync(fd, SYS_fsync); }
EXPORT int fdatasync(int fd) { return do_sync(fd, SYS_fdatasync); }

EXPORT int msync(void *address, size_t length, int flags) {
	struct journal_record record = {.kind = JOURNAL_SYNC};
	struct change change = {.operation = "sync"};
	int found = 0;
	if (enabled && (flags & MS_SYNC)) {
		journal_lock();
		for (const struct mapping *m = mappings; m && !found; m = m->next) {
			unsigned char *from = address;
			if (from < m->address || from >= m->address + m->length)
				continue;
			record.a = m->inode;
			record.b = (uint64_t)(m->offset + (from - m->address));
			record.c = record.b + length;
			record.d = journal_end();
			record_mapping(m);
			change.path = m->path;
			found = 1;
		}
		journal_unlock();
	}
	if (!found)
		return (int)done(raw(SYS_msync, (long)address, (long)length, flags, 0, 0, 0));
	struct verdict verdict = inject(&change);
	if (verdict.error && !verdict.done) {
		struct stat status = {.st_mode = S_IFREG, .st_ino = record.a};
		return fail_sync(&status, verdict.error);
	}
	finish_sync(record);
	return (int)done(judged(0, &verdict));
}

static void sync_all(void) {
	journal_lock();
	struct journal_record record = {.kind = JOURNAL_SYNCALL, .d = journal_end()};
	for (const struct mapping *m = mappings; m; m = m->next)
		record_mapping(m);
	journal_unlock();
	finish_sync(record);
}
EXPORT void sync(void) {
	if (enabled)
		sync_all();
	else
		raw(SYS_sync, 0, 0, 0, 0, 0, 0);
}
EXPORT int syncfs(int fd) {
	struct stat status;
	if (!enabled || raw(SYS_fstat, fd, (long)&status, 0, 0, 0, 0) < 0 || status.st_dev != root_device)
		return (int)done(raw(SYS_syncfs, fd, 0, 0, 0, 0, 0));
	sync_all();
	return 0;
}
