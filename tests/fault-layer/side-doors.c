/* Ways to write that bypass write(2): answered so that the program takes the plain way. See unsynced.c. */
#include "shim.h"

#include <stdarg.h>
#include <unistd.h>

EXPORT ssize_t sendfile64(int out, int in, off64_t *offset, size_t count) {
	struct stat status;
	return watched_fd(out, &status) ? done(-EINVAL) : done(raw(SYS_sendfile, out, in, (long)offset, (long)count, 0, 0));
}
EXPORT ssize_t sendfile(int out, int in, off_t *offset, size_t count) { return sendfile64(out, in, offset, count); }

EXPORT ssize_t copy_file_range(int in, off64_t *in_at, int out, off64_t *out_at, size_t length, unsigned flags) {
	struct stat status;
	if (watched_fd(out, &status))
		return done(-ENOSYS);
	return done(raw(SYS_copy_file_range, in, (long)in_at, out, (long)out_at, (long)length, flags));
}

EXPORT long syscall(long number, ...) {
	va_list list;
	long argument[6];
	va_start(list, number);
	for (int i = 0; i < 6; i++)
		argument[i] = va_arg(list, long);
	va_end(list);
	if (enabled && number == SYS_io_uring_setup)
		return done(-ENOSYS);
	if (enabled && number == SYS_copy_file_range)
		return copy_file_range((int)argument[0], (off64_t *)argument[1], (int)argument[2], (off64_t *)argument[3],
				       (size_t)argument[4], (unsigned)argument[5]);
	if (enabled && number == SYS_renameat2)
		return renameat2((int)argument[0], (const char *)argument[1], (int)argument[2], (const char *)argument[3],
				 (unsigned)argument[4]);
	return done(raw(number, argument[0], argument[1], argument[2], argument[3], argument[4], argument[5]));
}
