/** A started server with what the SDK's suites need of it: keys, and a way to call it. */
import { readFileSync } from 'node:fs';
import { Fractal, type FractalOptions } from '@fractal/sdk';
import { removeScratch, scratchDirectory } from '../harness/scratch.ts';
import { readSecret, type ServerProcess, startServer } from '../harness/server-process.ts';

export const RECORD_KEY = {
  alg: 'hmac-sha256',
  kid: 'k1',
  value: new TextEncoder().encode('a shared secret'),
} as const;

export interface LiveServer {
  readonly url: string;
  readonly apiKey: string;
  /** Verifier key of the log. */
  readonly logKey: string;
  client(options?: Partial<FractalOptions>): Fractal;
  /** Entries committed to the log so far. */
  logSize(): Promise<number>;
  /** A tenant with `RECORD_KEY` and an API key, which is answered. */
  makeTenant(name: string): Promise<string>;
  stop(): Promise<void>;
}

/** `fractal up` on a fresh folder, with `RECORD_KEY` added to the tenant `default`. */
export async function startLiveServer(): Promise<LiveServer> {
  const server: ServerProcess = await startServer({ dataDirectory: scratchDirectory('sdk'), port: 0 }).whenReady;
  const { url, api_key_file, admin_token_file, vkey_file } = server.ready;
  const apiKey = readSecret(api_key_file);
  const authorization = `Bearer ${readSecret(admin_token_file)}`;
  const admin = async (path: string, body?: unknown): Promise<unknown> => {
    const headers = { authorization, 'content-type': 'application/json' };
    const init = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
    const response = await fetch(`${url}/admin/v1/${path}`, init);
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  };
  const secret = Buffer.from(RECORD_KEY.value).toString('base64');
  const addRecordKey = (tenant: string) =>
    admin('keys', { tenant, use: 'record', alg: RECORD_KEY.alg, kid: RECORD_KEY.kid, secret });
  await addRecordKey('default');
  return {
    url,
    apiKey,
    logKey: readFileSync(vkey_file, 'utf8').trim(),
    client: (options) => new Fractal({ url, apiKey, ...options }),
    async logSize() {
      const { shards } = (await admin('shards')) as { shards: { size: number }[] };
      return shards[0]!.size;
    },
    async makeTenant(name) {
      await admin('tenants', { name });
      await addRecordKey(name);
      const key = await admin('keys', { tenant: name, use: 'api', scopes: ['tenant', 'reviewer'] });
      return (key as { secret: string }).secret;
    },
    async stop() {
      await server.stop();
      removeScratch();
    },
  };
}
