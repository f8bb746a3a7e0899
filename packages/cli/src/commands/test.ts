/** `fractal test [SUITE…] [--long]`: everything, or the suites named; ends with `N passed, N failed, N skipped`. */
import { CommandError, EXIT, type ExitCode } from '../output/exit.ts';
import { style } from '../output/style.ts';
import { type Counts, runSuite, type SuiteResult } from '../suites/run-suite.ts';
import { findSuites, type Suite } from '../suites/suites.ts';

export interface TestOptions {
  /** The long forms: millions of inputs instead of thousands. */
  readonly long?: boolean;
  readonly list?: boolean;
  /** One line of JSON at the end, on standard output alone: what the suites print goes to standard error. */
  readonly json?: boolean;
}

/** 0 when nothing failed; where CI=true a skipped test is a failure too. */
export async function test(root: string, names: readonly string[], options: TestOptions): Promise<ExitCode> {
  const suites = choose(await findSuites(root), names);
  const json = options.json === true;
  const say = json ? console.error : console.log;
  if (options.list === true) {
    if (json) console.log(JSON.stringify({ suites: suites.map(({ name, about }) => ({ name, about })) }));
    else for (const { name, about } of suites) console.log(`${name.padEnd(16)} ${about}`);
    return EXIT.ok;
  }
  const environment = { ...process.env, ...(options.long === true ? { FRACTAL_LONG: '1' } : {}) };
  const total = { passed: 0, failed: 0, skipped: 0 };
  const lines: string[] = [];
  const results: (SuiteResult & { readonly name: string })[] = [];
  for (const suite of suites) {
    say(style('bold', `\n── ${suite.name} (${suite.about})`));
    const startedMs = Date.now();
    const result = await runSuite(suite, root, environment, json ? process.stderr : 'inherit');
    results.push({ name: suite.name, ...result });
    total.passed += result.passed;
    total.failed += result.failed;
    total.skipped += result.skipped;
    lines.push(`${suite.name.padEnd(16)} ${countsText(result)}  ${((Date.now() - startedMs) / 1000).toFixed(1)} s`);
  }
  say(`\n${lines.join('\n')}\n`);
  // Said again here: a suite may have scrolled them away, and what a build keeps of its output is often the end.
  const failures = results.flatMap(({ name, failures }) => failures.map((line) => `${name}: ${line}`));
  if (failures.length > 0) say(`${failures.map((line) => style('red', `✗ ${line}`)).join('\n')}\n`);
  const strict = process.env.CI === 'true';
  if (total.skipped > 0)
    say(
      strict ? 'a skipped test fails where CI=true' : 'skipped tests need a toolchain that is missing here: see above',
    );
  console.log(json ? JSON.stringify({ ...total, suites: results }) : countsText(total));
  return total.failed > 0 || (strict && total.skipped > 0) ? EXIT.refused : EXIT.ok;
}

function choose(suites: readonly Suite[], names: readonly string[]): readonly Suite[] {
  const unknown = names.filter((name) => !suites.some((suite) => suite.name === name));
  if (unknown.length > 0) {
    const known = suites.map((suite) => suite.name).join(', ');
    throw new CommandError(EXIT.usage, `there is no suite ${unknown.join(', ')}; the suites are ${known}`);
  }
  return names.length === 0 ? suites : suites.filter((suite) => names.includes(suite.name));
}

function countsText({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
