/* What the parts of the shim share: what is watched, and how a system call's result becomes errno. See unsynced.c. */
#ifndef FRACTAL_FAULT_SHIM_H
#define FRACTAL_FAULT_SHIM_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define EXPORT __attribute__((visibility("default")))

/* Set by the constructor before any thread exists, then constant. */
extern int enabled;
extern char side[PATH_MAX - 64];
extern dev_t root_device;
extern long sync_us;

/* A system call's result as libc gives it: -1 and errno on failure. */
long done(long result);

/* Was this inode opened for writing below ROOT by this process? */
int is_watched(ino_t inode);

/* A descriptor of a regular file whose changes are recorded? Fills `status`. */
int watched_fd(int fd, struct stat *status);

/* Starts to watch what `fd` refers to, when that is a regular file below ROOT. */
void watch_fd(int fd);

/* SIDE/i/<inode>, the hard link by which an inode is found whatever happens to its names. `path` holds PATH_MAX bytes. */
void kept_path(char *path, ino_t inode);

/* Makes that link. */
void keep_inode(int dirfd, const char *path, int flags, ino_t inode);

/* A name below ROOT: its directory's inode, its last component, and its path from ROOT. */
struct place {
	ino_t directory;
	char name[NAME_MAX + 1];
	char path[PATH_MAX];
};

/* The rest of an absolute path below ROOT ("." for ROOT itself), NULL when it is elsewhere. */
const char *relative_to_root(const char *path);

/* Resolves dirfd + path to a place below ROOT; 0 when it is elsewhere or its directory does not exist. */
int place_of(int dirfd, const char *path, struct place *place);

/* lstat by a raw call: 1 when the name exists. */
int lstat_at(int dirfd, const char *path, struct stat *status);

/* Records that a file is about to get another size (journal lock held); returns the record's offset. */
uint64_t record_resize(const struct stat *status, off_t size);

/* ---- errors at chosen writes, see inject.c ---- */

/* One write-like call that is about to be done. `growth`: bytes by which the file would get longer. */
struct change {
	const char *operation, *path, *other;
	off_t offset;
	size_t length;
	uint64_t growth;
	int is_new;
};

/* What the plan says to it. By default: no error, all of `keep` to be written. */
struct verdict {
	int error;	    /* to be told to the caller, 0 for none */
	int done;	    /* the error comes after the change, which is done */
	int dies;	    /* write `keep` bytes, then die_now(); only for writes: other changes end in inject() */
	size_t keep;	    /* bytes of a write that are to be written */
	unsigned long rule; /* the one that fired, 0 for none */
};

void inject_open(void);

/* Path from ROOT of what a descriptor refers to (PATH_MAX bytes); 0 when it is elsewhere. */
int path_of_fd(int fd, char *relative);

struct verdict inject(const struct change *change);
struct verdict inject_fd(int fd, const char *operation, off_t offset, size_t length, uint64_t growth);

/* For changes of names: 1 when it must not be done. */
int inject_place(const char *operation, const struct place *place, const struct place *other, struct verdict *verdict);

/* The result of a change that was done: its own, or the error that the plan puts in its place. */
long judged(long result, const struct verdict *verdict);

/* kill -9 to this process. */
void die_now(void) __attribute__((noreturn));

#endif
