/*
 * The undo journal of the power-loss layer: what the shim appends, and power-cut.ts reads.
 *
 * One file, SIDE/journal, append only. It lives in the page cache like the data it speaks of, so it survives kill -9 of
 * every process that wrote it. A record is complete before the operation it describes begins; a torn last record
 * therefore stands for an operation that never ran.
 *
 *   offset  size
 *        0     4  magic "FJ01" (little endian 0x31304a46)
 *        4     4  kind
 *        8     8  length of the record, this header included
 *       16    32  a, b, c, d: four numbers, by kind below
 *       48     4  length of name 1
 *       52     4  length of name 2
 *       56        name 1, name 2, then the pre-image up to the record's length
 *
 *   kind          a          b             c               d        names            data
 *   1 WRITE       inode      offset        size before     length   -                bytes before, up to size before
 *   2 RESIZE      inode      size after    size before     -        -                the bytes cut off
 *   3 SYNC        inode      range start   range end       upto     -                -
 *   4 DURABLE     -          -             -               record   -                -
 *   5 CREATE      directory  -             -               -        name             -
 *   6 MKDIR       directory  -             -               -        name             -
 *   7 RENAME      from dir   to dir        replaced inode  -        from name, to    -
 *   8 UNLINK      directory  inode         -               -        name             -
 *   9 RMDIR       directory  inode         -               -        name             -
 *  10 SYNCDIR     directory  -             -               upto     -                -
 *  11 SYNCALL     -          -             -               upto     -                -
 *  12 LOST        inode      -             -               upto     -                -
 *
 * `upto` is a journal offset: records that begin before it are durable. `record` is the offset of one WRITE or RESIZE.
 * After LOST (a sync that failed) what was written before `upto` and is not durable yet is made so by no later SYNC.
 * Directories and files are named by inode number; SIDE/i/<inode> is a hard link that keeps each such file alive (and
 * its number from being used again) whatever happens to its names.
 */
#ifndef FRACTAL_FAULT_JOURNAL_H
#define FRACTAL_FAULT_JOURNAL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum journal_kind {
	JOURNAL_WRITE = 1,
	JOURNAL_RESIZE = 2,
	JOURNAL_SYNC = 3,
	JOURNAL_DURABLE = 4,
	JOURNAL_CREATE = 5,
	JOURNAL_MKDIR = 6,
	JOURNAL_RENAME = 7,
	JOURNAL_UNLINK = 8,
	JOURNAL_RMDIR = 9,
	JOURNAL_SYNCDIR = 10,
	JOURNAL_SYNCALL = 11,
	JOURNAL_LOST = 12,
};

struct journal_record {
	enum journal_kind kind;
	uint64_t a, b, c, d;
	const char *name1, *name2;
	const void *data;
	size_t data_length;
};

/* A system call that no interposed function can see. Returns -errno on failure. */
long raw(long number, long a, long b, long c, long d, long e, long f);

/* Opens a file of the layer itself, at a descriptor out of the way. */
int open_high(const char *path, int flags);

/* Opens SIDE/journal and SIDE/lock. Aborts the process when it cannot: a layer that silently records nothing proves nothing. */
void journal_open(const char *side);

/* One lock over all threads of all processes of the tree: the pre-image, the record and the operation belong together. */
void journal_lock(void);
void journal_unlock(void);

/* Appends a record (lock held) and returns the offset at which it begins. */
uint64_t journal_append(const struct journal_record *record);

/* The offset at which the next record will begin (lock held). */
uint64_t journal_end(void);

/* Stops the process with a message: something this layer cannot model was about to happen. */
void journal_die(const char *what) __attribute__((noreturn));

#endif
