/*
 * LD_PRELOAD shim that makes power loss visible to a test. kill -9 never loses what a program forgot to sync, because
 * the page cache outlives the process. Under this shim each change to a file below FRACTAL_FAULT_ROOT is preceded by an
 * undo record (journal.h), and a sync marks records durable; after kill -9, power-cut.ts takes back what was not.
 *
 * What counts as durable, strictly and as POSIX has it:
 *   - file data and size: fsync, fdatasync, or a descriptor opened with O_SYNC or O_DSYNC; msync for stores into a
 *     shared mapping. A sync covers what was complete when it began.
 *   - a name (creation, rename, link, unlink, mkdir, rmdir): fsync of the directory that holds it. Syncing a new file
 *     does not make its name durable (ext4 happens to; the standard does not say so).
 *
 * Environment:
 *   FRACTAL_FAULT_ROOT     directory to watch; must exist
 *   FRACTAL_FAULT_SIDE     directory for journal, hard links and boot id; same file system, outside ROOT; must exist
 *   FRACTAL_FAULT_SYNC_US  how long a sync takes, in microseconds (default 500). No real sync is done: within the test the
 *                          page cache is the disk.
 *
 * Errors at chosen writes: inject.c.
 *
 * It also answers /proc/sys/kernel/random/boot_id with SIDE/boot, because lmdb-js trusts unsynced data while the boot id
 * is unchanged.
 *
 * Not modelled, and refused with a message and exit code 99: writing through stdio, shared writable mappings above 64 MiB,
 * fallocate modes that move data. Not modelled and not seen: permissions, times, extended attributes, ioctl(FICLONE), POSIX aio.
 * io_uring, copy_file_range and sendfile into ROOT are answered with errors after which libuv uses plain writes.
 */
#include "shim.h"

#include <pthread.h>
#include <unistd.h>

int enabled;
char side[PATH_MAX - 64];
dev_t root_device;
long sync_us = 500;
static char root[PATH_MAX];
static size_t root_length;

/* Inodes below ROOT that this process opened for writing. Grows under `watched_lock`; entries are never removed, since
 * the hard link in SIDE keeps the number from meaning another file. */
static pthread_rwlock_t watched_lock = PTHREAD_RWLOCK_INITIALIZER;
static ino_t *watched;
static size_t watched_capacity, watched_count;

static size_t watched_slot(const ino_t *table, size_t capacity, ino_t inode) {
	size_t slot = (inode * 0x9e3779b97f4a7c15ull) & (capacity - 1);
	while (table[slot] && table[slot] != inode)
		slot = (slot + 1) & (capacity - 1);
	return slot;
}

int is_watched(ino_t inode) {
	pthread_rwlock_rdlock(&watched_lock);
	int found = watched_capacity > 0 && watched[watched_slot(watched, watched_capacity, inode)] == inode;
	pthread_rwlock_unlock(&watched_lock);
	return found;
}

static void watch(ino_t inode) {
	pthread_rwlock_wrlock(&watched_lock);
	if (2 * (watched_count + 1) > watched_capacity) {
		size_t capacity = watched_capacity ? 2 * watched_capacity : 4096;
		ino_t *table = calloc(capacity, sizeof(ino_t));
		if (!table)
			journal_die("out of memory");
		for (size_t i = 0; i < watched_capacity; i++)
			if (watched[i])
				table[watched_slot(table, capacity, watched[i])] = watched[i];
		free(watched);
		watched = table;
		watched_capacity = capacity;
	}
	size_t slot = watched_slot(watched, watched_capacity, inode);
	if (!watched[slot]) {
		watched[slot] = inode;
		watched_count++;
	}
	pthread_rwlock_unlock(&watched_lock);
}

static int below_root(const char *path) {
	return strncmp(path, root, root_length) == 0 && (path[root_length] == '/' || path[root_length] == 0);
}

const char *relative_to_root(const char *path) {
	if (!below_root(path))
		return NULL;
	return path[root_length] == 0 ? "." : path + root_length + 1;
}

long judged(long result, const struct verdict *verdict) {
	return result >= 0 && verdict->error ? -verdict->error : result;
}

long done(long result) {
	if (result >= 0)
		return result;
	errno = (int)-result;
	return -1;
}

int watched_fd(int fd, struct stat *status) {
	if (!enabled || raw(SYS_fstat, fd, (long)status, 0, 0, 0, 0) < 0)
		return 0;
	return S_ISREG(status->st_mode) && status->st_dev == root_device && is_watched(status->st_ino);
}

void kept_path(char *path, ino_t inode) {
	snprintf(path, PATH_MAX, "%s/i/%llu", side, (unsigned long long)inode);
}

/* The hard link in SIDE by which power-cut.ts finds an inode that may have lost its names. EEXIST: there already. */
void keep_inode(int dirfd, const char *path, int flags, ino_t inode) {
	char kept[PATH_MAX];
	kept_path(kept, inode);
	long result = raw(SYS_linkat, dirfd, (long)path, AT_FDCWD, (long)kept, flags, 0);
	if (result < 0 && result != -EEXIST && result != -ENOENT)
		journal_die("cannot keep a link in the side directory (another file system?)");
}

void watch_fd(int fd) {
	char link[64], path[PATH_MAX];
	struct stat status;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	long length = raw(SYS_readlinkat, AT_FDCWD, (long)link, (long)path, sizeof(path) - 1, 0, 0);
	if (length < 0)
		return;
	path[length] = 0;
	if (!below_root(path) || raw(SYS_fstat, fd, (long)&status, 0, 0, 0, 0) < 0 || !S_ISREG(status.st_mode))
		return;
	keep_inode(AT_FDCWD, link, AT_SYMLINK_FOLLOW, status.st_ino);
	watch(status.st_ino);
}

int place_of(int dirfd, const char *path, struct place *place) {
	if (!enabled || !path)
		return 0;
	char parent[PATH_MAX], link[64], real[PATH_MAX];
	size_t length = strlen(path);
	while (length > 1 && path[length - 1] == '/')
		length--;
	size_t cut = length;
	while (cut > 0 && path[cut - 1] != '/')
		cut--;
	if (length == 0 || length - cut > NAME_MAX || cut >= sizeof(parent))
		return 0;
	memcpy(place->name, path + cut, length - cut);
	place->name[length - cut] = 0;
	memcpy(parent, path, cut);
	parent[cut] = 0;
	if (cut == 0)
		strcpy(parent, ".");
	long fd = raw(SYS_openat, dirfd, (long)parent, O_PATH | O_DIRECTORY | O_CLOEXEC, 0, 0, 0);
	if (fd < 0)
		return 0;
	struct stat status;
	snprintf(link, sizeof(link), "/proc/self/fd/%ld", fd);
	long real_length = raw(SYS_readlinkat, AT_FDCWD, (long)link, (long)real, sizeof(real) - 1, 0, 0);
	long found = raw(SYS_fstat, fd, (long)&status, 0, 0, 0, 0);
	raw(SYS_close, fd, 0, 0, 0, 0, 0);
	if (real_length < 0 || found < 0)
		return 0;
	real[real_length] = 0;
	place->directory = status.st_ino;
	const char *relative = relative_to_root(real);
	if (!relative)
		return 0;
	if (strcmp(relative, ".") == 0)
		strcpy(place->path, place->name);
	else
		snprintf(place->path, sizeof(place->path), "%.*s/%s", PATH_MAX - NAME_MAX - 2, relative, place->name);
	return 1;
}

int lstat_at(int dirfd, const char *path, struct stat *status) {
	return raw(SYS_newfstatat, dirfd, (long)path, (long)status, AT_SYMLINK_NOFOLLOW, 0, 0) == 0;
}

__attribute__((constructor)) static void start(void) {
	const char *root_name = getenv("FRACTAL_FAULT_ROOT");
	const char *side_name = getenv("FRACTAL_FAULT_SIDE");
	const char *sync_text = getenv("FRACTAL_FAULT_SYNC_US");
	char side_real[PATH_MAX];
	struct stat status;
	if (!root_name)
		return;
	if (!realpath(root_name, root) || !side_name || !realpath(side_name, side_real))
		journal_die("FRACTAL_FAULT_ROOT and FRACTAL_FAULT_SIDE must be directories");
	if (strlen(side_real) >= sizeof(side))
		journal_die("the path of FRACTAL_FAULT_SIDE is too long");
	strcpy(side, side_real);
	root_length = strlen(root);
	if (below_root(side) || stat(root, &status) != 0)
		journal_die("FRACTAL_FAULT_SIDE must lie outside FRACTAL_FAULT_ROOT");
	root_device = status.st_dev;
	if (sync_text)
		sync_us = strtol(sync_text, NULL, 10);
	journal_open(side);
	inject_open();
	enabled = 1;
}
