/** One call of the admin API; a problem document becomes an error that says what to do. */
import { CommandError, EXIT } from '../output/exit.ts';
import { readAdminToken } from './secret-file.ts';

export interface AdminOptions {
  readonly url: string;
  readonly adminTokenFile: string;
}

const TIMEOUT_MS = 30_000;

export async function adminCall(
  options: AdminOptions,
  method: 'GET' | 'POST',
  path: string,
  body?: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, unknown>>> {
  const token = await readAdminToken(options.adminTokenFile);
  const response = await fetch(`${options.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((cause: Error) => {
    throw new CommandError(
      EXIT.failed,
      `no server answers at ${options.url} (start one with ./fractal up, or name it with --url)`,
      { cause },
    );
  });
  const answer: unknown = await response.json().catch(() => undefined); // no JSON: the status alone is told
  if (response.ok && typeof answer === 'object' && answer !== null) return answer as Readonly<Record<string, unknown>>;
  const { code, detail } = (answer ?? {}) as { readonly code?: string; readonly detail?: string };
  const told = [code, detail].filter((part) => part !== undefined).join(': ');
  throw new CommandError(EXIT.refused, `the server refused (${response.status}${told === '' ? '' : ` ${told}`})`);
}
