/* Opening, creating and naming: records of directory entries. See unsynced.c. */
#include "shim.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <unistd.h>

#define BOOT_ID_PATH "/proc/sys/kernel/random/boot_id"

static volatile int boot_fd = -1;

static void record_name(enum journal_kind kind, const struct place *place, ino_t inode) {
	struct journal_record record = {.kind = kind, .a = place->directory, .b = inode, .name1 = place->name};
	journal_append(&record);
}

/* O_TRUNC empties the file within the system call: record what it will lose (journal lock held). */
static void record_open_truncation(int dirfd, const char *path) {
	struct stat status;
	long fd = raw(SYS_openat, dirfd, (long)path, O_WRONLY | O_CLOEXEC, 0, 0, 0);
	if (fd < 0)
		return;
	watch_fd((int)fd);
	if (watched_fd((int)fd, &status))
		record_resize(&status, 0);
	raw(SYS_close, fd, 0, 0, 0, 0, 0);
}

static int do_open(int dirfd, const char *path, int flags, mode_t mode) {
	struct place place;
	struct stat status;
	int writable = (flags & O_ACCMODE) != O_RDONLY;
	if (!enabled || !(writable || (flags & (O_CREAT | O_TRUNC)))) {
		long fd = raw(SYS_openat, dirfd, (long)path, flags, mode, 0, 0);
		if (enabled && fd >= 0 && strcmp(path, BOOT_ID_PATH) == 0)
			boot_fd = (int)fd;
		return (int)done(fd);
	}
	if (flags & (O_CREAT | O_TRUNC) && place_of(dirfd, path, &place)) {
		struct verdict verdict = {0};
		int is_there = lstat_at(dirfd, path, &status);
		int changes = is_there ? (flags & O_TRUNC) && !(flags & O_EXCL) : (flags & O_CREAT) != 0;
		if (changes && inject_place("open", &place, NULL, &verdict))
			return (int)done(-verdict.error);
		journal_lock();
		if (!lstat_at(dirfd, path, &status)) {
			if (flags & O_CREAT)
				record_name(JOURNAL_CREATE, &place, 0);
		} else if (flags & O_TRUNC && !(flags & O_EXCL)) {
			record_open_truncation(dirfd, path);
		}
		long fd = raw(SYS_openat, dirfd, (long)path, flags, mode, 0, 0);
		if (fd >= 0)
			watch_fd((int)fd);
		journal_unlock();
		if (fd >= 0 && verdict.error)
			raw(SYS_close, fd, 0, 0, 0, 0, 0);
		return (int)done(judged(fd, &verdict));
	}
	long fd = raw(SYS_openat, dirfd, (long)path, flags, mode, 0, 0);
	if (fd >= 0)
		watch_fd((int)fd);
	return (int)done(fd);
}

static mode_t mode_argument(int flags, va_list arguments) {
	return flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
}

#define OPEN_BODY(dirfd)                                                                                               \
	va_list arguments;                                                                                             \
	va_start(arguments, flags);                                                                                    \
	mode_t mode = mode_argument(flags, arguments);                                                                 \
	va_end(arguments);                                                                                             \
	return do_open(dirfd, path, flags, mode)

EXPORT int open(const char *path, int flags, ...) { OPEN_BODY(AT_FDCWD); }
EXPORT int open64(const char *path, int flags, ...) { OPEN_BODY(AT_FDCWD); }
EXPORT int openat(int dirfd, const char *path, int flags, ...) { OPEN_BODY(dirfd); }
EXPORT int openat64(int dirfd, const char *path, int flags, ...) { OPEN_BODY(dirfd); }
EXPORT int __open_2(const char *path, int flags) { return do_open(AT_FDCWD, path, flags, 0); }
EXPORT int __open64_2(const char *path, int flags) { return do_open(AT_FDCWD, path, flags, 0); }
EXPORT int __openat_2(int dirfd, const char *path, int flags) { return do_open(dirfd, path, flags, 0); }
EXPORT int __openat64_2(int dirfd, const char *path, int flags) { return do_open(dirfd, path, flags, 0); }
EXPORT int creat(const char *path, mode_t mode) { return do_open(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }
EXPORT int creat64(const char *path, mode_t mode) { return creat(path, mode); }

/* glibc opens temporary files by calls of its own that no shim sees: name them here. */
static char *fill_template(char *template) {
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	size_t length = strlen(template);
	unsigned char random[6];
	if (length < 6 || strcmp(template + length - 6, "XXXXXX") != 0)
		return NULL;
	raw(SYS_getrandom, (long)random, sizeof(random), 0, 0, 0, 0);
	for (int i = 0; i < 6; i++)
		template[length - 6 + (size_t)i] = letters[random[i] % 36];
	return template;
}
EXPORT int mkstemp64(char *template) {
	if (fill_template(template))
		return do_open(AT_FDCWD, template, O_RDWR | O_CREAT | O_EXCL, 0600);
	errno = EINVAL;
	return -1;
}
EXPORT int mkstemp(char *template) { return mkstemp64(template); }
EXPORT char *mkdtemp(char *template) {
	if (fill_template(template))
		return mkdir(template, 0700) == 0 ? template : NULL;
	errno = EINVAL;
	return NULL;
}

static void refuse_stdio(const char *path, const char *mode) {
	struct place place;
	if (strpbrk(mode, "wa+") && place_of(AT_FDCWD, path, &place))
		journal_die("stdio opens a file below the root for writing");
}
EXPORT FILE *fopen64(const char *path, const char *mode) {
	refuse_stdio(path, mode);
	return ((FILE * (*)(const char *, const char *)) dlsym(RTLD_NEXT, "fopen64"))(path, mode);
}
EXPORT FILE *fopen(const char *path, const char *mode) {
	refuse_stdio(path, mode);
	return ((FILE * (*)(const char *, const char *)) dlsym(RTLD_NEXT, "fopen"))(path, mode);
}

/* ---- names ---- */

EXPORT int mkdirat(int dirfd, const char *path, mode_t mode) {
	struct place place;
	struct stat status;
	if (!place_of(dirfd, path, &place))
		return (int)done(raw(SYS_mkdirat, dirfd, (long)path, mode, 0, 0, 0));
	struct verdict verdict = {0};
	if (!lstat_at(dirfd, path, &status) && inject_place("mkdir", &place, NULL, &verdict))
		return (int)done(-verdict.error);
	journal_lock();
	if (!lstat_at(dirfd, path, &status))
		record_name(JOURNAL_MKDIR, &place, 0);
	long result = raw(SYS_mkdirat, dirfd, (long)path, mode, 0, 0, 0);
	journal_unlock();
	return (int)done(judged(result, &verdict));
}
EXPORT int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }

EXPORT int unlinkat(int dirfd, const char *path, int flags) {
	struct place place;
	struct stat status;
	if (!place_of(dirfd, path, &place))
		return (int)done(raw(SYS_unlinkat, dirfd, (long)path, flags, 0, 0, 0));
	struct verdict verdict = {0};
	const char *operation = flags & AT_REMOVEDIR ? "rmdir" : "unlink";
	if (lstat_at(dirfd, path, &status) && inject_place(operation, &place, NULL, &verdict))
		return (int)done(-verdict.error);
	journal_lock();
	if (lstat_at(dirfd, path, &status)) {
		if (!S_ISDIR(status.st_mode))
			keep_inode(dirfd, path, 0, status.st_ino);
		/* Asked for the wrong kind, the call below fails; its record then undoes nothing. */
		record_name(S_ISDIR(status.st_mode) ? JOURNAL_RMDIR : JOURNAL_UNLINK, &place, status.st_ino);
	}
	long result = raw(SYS_unlinkat, dirfd, (long)path, flags, 0, 0, 0);
	journal_unlock();
	return (int)done(judged(result, &verdict));
}
EXPORT int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
EXPORT int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }

static int parent_is_missing(int dirfd, const char *path) {
	char parent[PATH_MAX];
	struct stat status;
	const char *cut = strrchr(path, '/');
	if (!cut || cut == path || cut - path >= (long)sizeof(parent))
		return 0;
	memcpy(parent, path, (size_t)(cut - path));
	parent[cut - path] = 0;
	return !lstat_at(dirfd, parent, &status);
}

EXPORT int renameat2(int from_dirfd, const char *from, int to_dirfd, const char *to, unsigned flags) {
	struct place source, target;
	struct stat status;
	int from_inside = place_of(from_dirfd, from, &source);
	int to_inside = place_of(to_dirfd, to, &target);
	if (!from_inside && !to_inside)
		return (int)done(raw(SYS_renameat2, from_dirfd, (long)from, to_dirfd, (long)to, flags, 0));
	if (from_inside && !to_inside && parent_is_missing(to_dirfd, to))
		return (int)done(-ENOENT);
	if (from_inside != to_inside || (flags & ~RENAME_NOREPLACE))
		journal_die("a rename across the root, or an exchange");
	struct journal_record record = {
		.kind = JOURNAL_RENAME, .a = source.directory, .b = target.directory, .name1 = source.name, .name2 = target.name,
	};
	struct verdict verdict = {0};
	if (lstat_at(from_dirfd, from, &status) && inject_place("rename", &source, &target, &verdict))
		return (int)done(-verdict.error);
	journal_lock();
	if (lstat_at(to_dirfd, to, &status) && !S_ISDIR(status.st_mode)) {
		keep_inode(to_dirfd, to, 0, status.st_ino);
		record.c = status.st_ino;
	}
	if (lstat_at(from_dirfd, from, &status))
		journal_append(&record);
	long result = raw(SYS_renameat2, from_dirfd, (long)from, to_dirfd, (long)to, flags, 0);
	journal_unlock();
	return (int)done(judged(result, &verdict));
}
EXPORT int renameat(int from_dirfd, const char *from, int to_dirfd, const char *to) {
	return renameat2(from_dirfd, from, to_dirfd, to, 0);
}
EXPORT int rename(const char *from, const char *to) { return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0); }

EXPORT int linkat(int from_dirfd, const char *from, int to_dirfd, const char *to, int flags) {
	struct place place;
	struct stat status;
	if (!place_of(to_dirfd, to, &place))
		return (int)done(raw(SYS_linkat, from_dirfd, (long)from, to_dirfd, (long)to, flags, 0));
	struct verdict verdict = {0};
	if (!lstat_at(to_dirfd, to, &status) && inject_place("link", &place, NULL, &verdict))
		return (int)done(-verdict.error);
	journal_lock();
	if (!lstat_at(to_dirfd, to, &status))
		record_name(JOURNAL_CREATE, &place, 0);
	long result = raw(SYS_linkat, from_dirfd, (long)from, to_dirfd, (long)to, flags, 0);
	journal_unlock();
	return (int)done(judged(result, &verdict));
}
EXPORT int link(const char *from, const char *to) { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }

EXPORT int symlinkat(const char *target, int dirfd, const char *path) {
	struct place place;
	struct stat status;
	if (!place_of(dirfd, path, &place))
		return (int)done(raw(SYS_symlinkat, (long)target, dirfd, (long)path, 0, 0, 0));
	struct verdict verdict = {0};
	if (!lstat_at(dirfd, path, &status) && inject_place("link", &place, NULL, &verdict))
		return (int)done(-verdict.error);
	journal_lock();
	if (!lstat_at(dirfd, path, &status))
		record_name(JOURNAL_CREATE, &place, 0);
	long result = raw(SYS_symlinkat, (long)target, dirfd, (long)path, 0, 0, 0);
	journal_unlock();
	return (int)done(judged(result, &verdict));
}
EXPORT int symlink(const char *target, const char *path) { return symlinkat(target, AT_FDCWD, path); }

EXPORT ssize_t read(int fd, void *buffer, size_t length) {
	if (fd != boot_fd || fd < 0)
		return done(raw(SYS_read, fd, (long)buffer, (long)length, 0, 0, 0));
	char path[PATH_MAX];
	boot_fd = -1;
	snprintf(path, sizeof(path), "%s/boot", side);
	long boot = raw(SYS_openat, AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC, 0, 0, 0);
	if (boot < 0)
		return done(raw(SYS_read, fd, (long)buffer, (long)length, 0, 0, 0));
	long got = raw(SYS_read, boot, (long)buffer, (long)length, 0, 0, 0);
	raw(SYS_close, boot, 0, 0, 0, 0, 0);
	return done(got);
}
