/*
 * Errors at chosen writes. Each write-like call below ROOT is named here before it is done: it is counted (and written to
 * the trace), and the plan says whether it fails, fails though it was done, tears, or meets a full or read-only disk.
 *
 * Environment, both outside ROOT:
 *   FRACTAL_FAULT_TRACE  file to append a line to for each call:
 *                        operation TAB path TAB other path or - TAB offset TAB length TAB rule that fired or -
 *   FRACTAL_FAULT_PLAN   file of rules, read again at each call, so that another process can change it at any time:
 *
 *     rule ID FAULT OPERATION NTH FROM TO GLOB SCOPE
 *     capacity ID BYTES SCOPE
 *
 * A rule fires at the NTH call (from 1, counted from when its ID first appears) whose operation is OPERATION (or *), whose
 * path below ROOT matches GLOB, and whose offset lies in [FROM, TO). Operations: open (creating or emptying), write, sync,
 * truncate, allocate, rename (path: the source), unlink, mkdir, rmdir, link. Globs are fnmatch's, where * crosses slashes.
 *
 *   fail       EIO, and nothing was done. What a failed sync of data leaves unsynced no later sync makes durable, unless it
 *              is written again: that is how Linux has it (the pages are clean afterwards).
 *   persisted  done, durably as far as the call goes, and EIO all the same
 *   torn       a write: its first half is written and the process ends. Anything else: the process ends before it.
 *   full       ENOSPC, and nothing was done
 *   full-on    the same, and from then on every call in SCOPE that may need space, as a file system that copies on write
 *              has it, until the rule is taken out of the plan
 *   readonly   EROFS, and from then on for every call in SCOPE
 *
 * A capacity lets the files in SCOPE grow by BYTES altogether (counted from when its ID first appears; what is removed gives
 * nothing back); then a write is cut short, and what needs more gets ENOSPC. Overwriting needs no space.
 *
 * Not modelled: stores into shared mappings (a SIGBUS on a full disk), quotas, errors of reads.
 */
#include "shim.h"

#include <fnmatch.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#define RULES_MAX 64
#define PLAN_BYTES_MAX 8192

struct rule_state {
	unsigned long id;
	unsigned long seen;
	uint64_t grown;
	int sticky;
};

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
static struct rule_state states[RULES_MAX];
static size_t next_state;
static int trace_fd = -1;
static const char *plan_path;

static void before_fork(void) { pthread_mutex_lock(&one_at_a_time); }
static void after_fork(void) { pthread_mutex_unlock(&one_at_a_time); }

void inject_open(void) {
	const char *trace = getenv("FRACTAL_FAULT_TRACE");
	plan_path = getenv("FRACTAL_FAULT_PLAN");
	if (trace)
		trace_fd = open_high(trace, O_WRONLY | O_APPEND);
	pthread_atfork(before_fork, after_fork, after_fork);
}

static struct rule_state *state_of(unsigned long id) {
	for (size_t i = 0; i < RULES_MAX; i++)
		if (states[i].id == id)
			return &states[i];
	struct rule_state *state = &states[next_state++ % RULES_MAX];
	*state = (struct rule_state){.id = id};
	return state;
}

static size_t read_plan(char *text) {
	long fd = raw(SYS_openat, AT_FDCWD, (long)plan_path, O_RDONLY | O_CLOEXEC, 0, 0, 0);
	if (fd < 0)
		return 0; /* no plan, no faults */
	long length = raw(SYS_pread64, fd, (long)text, PLAN_BYTES_MAX, 0, 0, 0);
	raw(SYS_close, fd, 0, 0, 0, 0, 0);
	return length > 0 ? (size_t)length : 0;
}

static int needs_space(const struct change *change) {
	static const char *const operations[] = {"open", "write", "truncate", "allocate", "mkdir", "link"};
	for (size_t i = 0; i < sizeof(operations) / sizeof(*operations); i++)
		if (strcmp(change->operation, operations[i]) == 0)
			return 1;
	return 0;
}

static int in_scope(const char *scope, const struct change *change) { return fnmatch(scope, change->path, 0) == 0; }

/* What one rule says to a change; fills `verdict` when it fires. */
static void apply_rule(const char *line, const struct change *change, struct verdict *verdict) {
	char fault[16], operation[16], glob[512], scope[512];
	unsigned long id, nth;
	unsigned long long from, to;
	if (sscanf(line, "rule %lu %15s %15s %lu %llu %llu %511s %511s", &id, fault, operation, &nth, &from, &to, glob, scope) != 8)
		journal_die("a rule of the plan is malformed");
	struct rule_state *state = state_of(id);
	int matches = (strcmp(operation, "*") == 0 || strcmp(operation, change->operation) == 0) &&
		      (unsigned long long)change->offset >= from && (unsigned long long)change->offset < to &&
		      fnmatch(glob, change->path, 0) == 0;
	int fires = matches && ++state->seen == nth;
	int readonly = strcmp(fault, "readonly") == 0;
	int full_on = strcmp(fault, "full-on") == 0;
	int again = state->sticky && in_scope(scope, change) && (readonly || needs_space(change));
	if (!fires && !again)
		return;
	verdict->rule = id;
	if (readonly || full_on) {
		state->sticky = 1;
		verdict->error = readonly ? EROFS : ENOSPC;
	} else if (strcmp(fault, "full") == 0) {
		verdict->error = ENOSPC;
	} else if (strcmp(fault, "torn") == 0) {
		verdict->dies = 1;
		verdict->keep = change->length / 2;
	} else if (strcmp(fault, "fail") == 0 || strcmp(fault, "persisted") == 0) {
		verdict->error = EIO;
		verdict->done = fault[0] == 'p';
	} else {
		journal_die("the plan names an unknown fault");
	}
}

static void apply_capacity(const char *line, const struct change *change, struct verdict *verdict) {
	char scope[512];
	unsigned long id;
	unsigned long long bytes;
	if (sscanf(line, "capacity %lu %llu %511s", &id, &bytes, scope) != 3)
		journal_die("a capacity of the plan is malformed");
	struct rule_state *state = state_of(id);
	if (!in_scope(scope, change) || !needs_space(change))
		return;
	uint64_t left = state->grown < bytes ? bytes - state->grown : 0;
	int new_name = strcmp(change->operation, "write") != 0 && change->growth == 0 && change->is_new;
	if (change->growth <= left && !(new_name && left == 0)) {
		state->grown += change->growth;
		return;
	}
	verdict->rule = id;
	/* A write goes as far as there is room, like write(2); nothing at all is ENOSPC. */
	if (strcmp(change->operation, "write") == 0 && change->length - change->growth + left > 0) {
		verdict->keep = change->length - change->growth + left;
		state->grown += left;
		return;
	}
	verdict->error = ENOSPC;
}

static void trace(const struct change *change, const struct verdict *verdict) {
	char line[3 * PATH_MAX], rule[24] = "-";
	if (verdict->rule)
		snprintf(rule, sizeof(rule), "%lu", verdict->rule);
	int length = snprintf(line, sizeof(line), "%s\t%s\t%s\t%lld\t%zu\t%s\n", change->operation, change->path,
			      change->other ? change->other : "-", (long long)change->offset, change->length, rule);
	if (length >= (int)sizeof(line) || raw(SYS_write, trace_fd, (long)line, length, 0, 0, 0) != length)
		journal_die("cannot append to the trace");
}

struct verdict inject(const struct change *change) {
	struct verdict verdict = {.keep = change->length};
	char plan[PLAN_BYTES_MAX + 1];
	if (!plan_path && trace_fd < 0)
		return verdict;
	pthread_mutex_lock(&one_at_a_time);
	if (plan_path) {
		plan[read_plan(plan)] = 0;
		for (char *rest = plan, *line; (line = strsep(&rest, "\n"));) {
			if (line[0] == 'r' && !verdict.rule)
				apply_rule(line, change, &verdict);
			else if (line[0] == 'c' && !verdict.rule)
				apply_capacity(line, change, &verdict);
		}
	}
	if (trace_fd >= 0)
		trace(change, &verdict);
	pthread_mutex_unlock(&one_at_a_time);
	if (verdict.dies && strcmp(change->operation, "write") != 0)
		die_now();
	return verdict;
}

int path_of_fd(int fd, char *relative) {
	char link[64], path[PATH_MAX];
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	long got = raw(SYS_readlinkat, AT_FDCWD, (long)link, (long)path, sizeof(path) - 1, 0, 0);
	path[got < 0 ? 0 : got] = 0;
	if (!relative_to_root(path))
		return 0;
	strcpy(relative, relative_to_root(path));
	return 1;
}

struct verdict inject_fd(int fd, const char *operation, off_t offset, size_t length, uint64_t growth) {
	char path[PATH_MAX];
	if ((!plan_path && trace_fd < 0) || !path_of_fd(fd, path))
		return (struct verdict){.keep = length};
	struct change change = {.operation = operation, .path = path, .offset = offset, .length = length, .growth = growth};
	return inject(&change);
}

int inject_place(const char *operation, const struct place *place, const struct place *other, struct verdict *verdict) {
	struct change change = {.operation = operation, .path = place->path, .other = other ? other->path : NULL, .is_new = 1};
	*verdict = inject(&change);
	return verdict->error && !verdict->done;
}

void die_now(void) {
	raw(SYS_kill, raw(SYS_getpid, 0, 0, 0, 0, 0, 0), SIGKILL, 0, 0, 0, 0);
	for (;;)
		raw(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
}
