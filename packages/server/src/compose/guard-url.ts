/**
 * A checkpoint guard behind HTTP (spec/guard.md): one small resource an origin, at `<base>/<origin, percent-encoded>`.
 *
 *     GET                              200 with the text and a strong ETag; 404 where there is none
 *     PUT  If-None-Match: *            makes it         ┐ 2xx, with the new ETag where the server sends one;
 *     PUT  If-Match: <etag>            replaces it      ┘ 412 (or 409) where the condition does not hold
 *
 * Each call has one time limit; redirects are not followed, an answer is read up to the size of the largest text. User and
 * password in the URL are sent as Basic credentials. Anything unexpected is an error of unknown outcome: the ledger asks
 * again. Not checked: who answers, beyond what TLS does.
 */

import { type CheckpointGuard, GUARD_TEXT_BYTES_MAX, GuardConflict, type GuardEntry } from '@fractal/ledger';
import { utf8Decode, utf8Encode } from '@fractal/tlog';

/** Two quotes around printable ASCII: what RFC 9110 calls a strong entity tag. */
const STRONG_ETAG = /^"[\x21\x23-\x7e]{0,510}"$/;

export function guardUrl(base: URL, timeoutMs: number): CheckpointGuard {
  const headers = credentialsOf(base);
  const prefix = `${base.origin}${base.pathname.replace(/\/$/, '')}`;

  async function call(origin: string, init: { method: string; headers?: Record<string, string>; body?: string }) {
    const response = await fetch(`${prefix}/${encodeURIComponent(origin)}${base.search}`, {
      ...init,
      headers: { ...headers, ...init.headers },
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    return { response, bytes: await boundedBody(response) };
  }

  async function read(origin: string): Promise<GuardEntry | undefined> {
    const { response, bytes } = await call(origin, { method: 'GET' });
    if (response.status === 404) return undefined;
    if (response.status !== 200) throw new Error(`the checkpoint guard answered GET with ${response.status}`);
    const version = etagOf(response);
    const text = utf8Decode(bytes);
    if (version === undefined) throw new Error('the checkpoint guard answered GET without a strong ETag');
    if (text === undefined) throw new Error('the checkpoint guard answered GET with bytes that are not UTF-8');
    return { text, version };
  }

  return {
    read,
    async record(origin, text, replaces) {
      if (utf8Encode(text).length > GUARD_TEXT_BYTES_MAX) throw new RangeError('a guard text is too large');
      const condition: Record<string, string> =
        replaces === undefined ? { 'if-none-match': '*' } : { 'if-match': replaces.version };
      const { response } = await call(origin, {
        method: 'PUT',
        headers: { 'content-type': 'text/plain; charset=utf-8', ...condition },
        body: text,
      });
      if (response.status === 412 || response.status === 409) {
        throw new GuardConflict(`the checkpoint guard answered PUT with ${response.status}`);
      }
      if (!response.ok) throw new Error(`the checkpoint guard answered PUT with ${response.status}`);
      const version = etagOf(response);
      if (version !== undefined) return { text, version };
      const found = await read(origin);
      if (found?.text !== text) throw new Error('the checkpoint guard took a PUT and gives another text');
      return found;
    },
  };
}

function etagOf(response: Response): string | undefined {
  const etag = response.headers.get('etag');
  return etag !== null && STRONG_ETAG.test(etag) ? etag : undefined;
}

function credentialsOf({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

/** Throws once there is more than the largest text. */
async function boundedBody({ body }: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > GUARD_TEXT_BYTES_MAX) throw new Error('the answer of the checkpoint guard is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
