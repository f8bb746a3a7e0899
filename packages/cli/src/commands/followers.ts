/** `fractal followers …`: what follows the log of a running server, through its admin API. */
import { type AdminOptions, adminCall } from '../input/admin-call.ts';
import { CommandError, EXIT, type ExitCode } from '../output/exit.ts';
import { printable } from '../output/printable.ts';
import { style } from '../output/style.ts';
import { table } from '../output/table.ts';

interface FollowersOptions extends AdminOptions {
  readonly json?: boolean;
}

/** As GET /admin/v1/followers answers. */
interface Follower {
  readonly name: string;
  readonly state: string;
  readonly order: string;
  readonly stopped: { readonly code: string; readonly log: string | null; readonly index: number | null } | null;
  readonly failure: { readonly code: string; readonly message: string; readonly in_a_row: number } | null;
  readonly laps: number;
  readonly logs: readonly {
    readonly log: string;
    readonly cursor: number;
    readonly size: number;
    readonly lag_entries: number;
    readonly lag_ms: number;
    readonly dead_letters: number;
    readonly failures: number;
  }[];
}

interface DeadLetter {
  readonly log: string;
  readonly index: number;
  readonly attempts: number;
  readonly last: string;
  readonly code: string;
  readonly message: string;
}

interface Place {
  readonly log: string;
  readonly index: number;
}

export async function followersList(options: FollowersOptions): Promise<ExitCode> {
  const { followers } = (await adminCall(options, 'GET', '/admin/v1/followers')) as { followers: readonly Follower[] };
  const letters: (DeadLetter & { readonly follower: string })[] = [];
  for (const { name, logs } of followers) {
    if (logs.every(({ dead_letters: count }) => count === 0)) continue;
    for (const letter of await firstLetters(options, name)) letters.push({ follower: name, ...letter });
  }
  if (options.json === true) {
    console.log(JSON.stringify({ followers, dead_letters: letters }));
    return EXIT.ok;
  }
  console.log(
    table(['FOLLOWER', 'STATE', 'LOG', 'CURSOR', 'SIZE', 'BEHIND', 'FOR', 'DEAD', 'FAILED'], rowsOf(followers)),
  );
  for (const follower of followers) for (const line of notesOn(follower)) console.log(line);
  if (letters.length > 0) console.log(`\n${style('bold', 'Dead letters')}`);
  for (const { follower, log, index, code, attempts, last, message } of letters) {
    const what = `${code}${message === '' ? '' : ` (${printable(message)})`}`;
    console.log(`  ${follower} ${log} ${index}  ${style('yellow', what)}, ${attempts} attempts, last ${last}`);
  }
  if (letters.length > 0) {
    console.log(`\nNext: fractal followers retry FOLLOWER LOG INDEX, or skip FOLLOWER LOG INDEX --reason TICKET.`);
  }
  return EXIT.ok;
}

function rowsOf(followers: readonly Follower[]): string[][] {
  return followers.flatMap(({ name, state, logs }) =>
    logs.map(({ log, cursor, size, lag_entries: behind, lag_ms: ms, dead_letters: dead, failures }, i) => [
      i === 0 ? name : '',
      i === 0 ? state : '',
      log,
      ...[cursor, size, behind].map(String),
      behind === 0 ? '-' : durationOf(ms),
      ...[dead, failures].map(String),
    ]),
  );
}

function* notesOn({ name, stopped, failure, laps }: Follower): Generator<string> {
  if (laps > 0) yield style('dim', `${name} has gone round ${laps} ${laps === 1 ? 'time' : 'times'}.`);
  if (stopped !== null) {
    const place = stopped.log === null ? '' : ` at ${stopped.log} ${stopped.index}`;
    yield style('red', `${name} stopped${place}: ${stopped.code}.`);
  }
  if (failure !== null) {
    const message = failure.message === '' ? '' : ` (${printable(failure.message)})`;
    yield style('yellow', `${name} fails: ${failure.code}${message}, ${failure.in_a_row} times in a row.`);
  }
}

function durationOf(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return seconds < 3_600 ? `${(seconds / 60).toFixed(1)} min` : `${(seconds / 3_600).toFixed(1)} h`;
}

/** Of one server page: enough to look at. */
async function firstLetters(options: FollowersOptions, name: string): Promise<readonly DeadLetter[]> {
  const answer = await adminCall(options, 'GET', `${pathOf(name)}/dead-letters`);
  return answer.dead_letters as readonly DeadLetter[];
}

export interface RetryOptions extends FollowersOptions {
  readonly all?: boolean;
}

/** One dead letter, or with `all` every one there is when it begins; exits 1 where one fails again. */
export async function followersRetry(
  name: string,
  log: string | undefined,
  index: number | undefined,
  options: RetryOptions,
): Promise<ExitCode> {
  if (options.all !== true) {
    if (log === undefined || index === undefined) {
      throw new CommandError(
        EXIT.usage,
        'name the dead letter by LOG and INDEX (fractal followers list), or say --all',
      );
    }
    return show(options, await adminCall(options, 'POST', `${pathOf(name)}/retry`, { log, index }));
  }
  if (log !== undefined) throw new CommandError(EXIT.usage, '--all retries every dead letter: leave LOG and INDEX out');
  const [done, failed] = [[] as Place[], [] as (Place & { readonly problem: string })[]];
  for (const place of await allPlaces(options, name)) {
    try {
      await adminCall(options, 'POST', `${pathOf(name)}/retry`, { ...place });
      done.push(place);
    } catch (error) {
      if (!(error instanceof CommandError && error.exitCode === EXIT.refused)) throw error;
      failed.push({ ...place, problem: error.message });
    }
  }
  if (options.json === true) console.log(JSON.stringify({ retried: done, failed }));
  else {
    console.log(`${done.length} taken up, ${failed.length} failed again`);
    for (const { log: of, index: at, problem } of failed) console.log(`  ${of} ${at}: ${printable(problem)}`);
  }
  return failed.length === 0 ? EXIT.ok : EXIT.refused;
}

async function allPlaces(options: FollowersOptions, name: string): Promise<readonly Place[]> {
  const places: Place[] = [];
  let after = '';
  for (;;) {
    const answer = await adminCall(options, 'GET', `${pathOf(name)}/dead-letters${after}`);
    const { dead_letters: letters, next } = answer as { dead_letters: readonly DeadLetter[]; next: Place | null };
    places.push(...letters.map(({ log, index }) => ({ log, index })));
    if (next === null) return places;
    after = `?after_log=${encodeURIComponent(next.log)}&after_index=${next.index}`;
  }
}

export async function followersSkip(
  name: string,
  log: string,
  index: number,
  options: FollowersOptions & { readonly reason: string },
): Promise<ExitCode> {
  const { reason } = options;
  return show(options, await adminCall(options, 'POST', `${pathOf(name)}/skip`, { log, index, reason }));
}

export async function followersVerb(
  verb: 'pause' | 'resume' | 'reset',
  name: string,
  options: FollowersOptions,
): Promise<ExitCode> {
  return show(options, await adminCall(options, 'POST', `${pathOf(name)}/${verb}`));
}

function show(options: FollowersOptions, answer: Readonly<Record<string, unknown>>): ExitCode {
  if (options.json === true) console.log(JSON.stringify(answer));
  else {
    const { name, state, logs } = answer as unknown as Follower;
    const dead = logs.reduce((sum, { dead_letters: count }) => sum + count, 0);
    console.log(`${name}: ${state}, ${dead} dead ${dead === 1 ? 'letter' : 'letters'}`);
  }
  return EXIT.ok;
}

function pathOf(name: string): string {
  return `/admin/v1/followers/${encodeURIComponent(name)}`;
}
