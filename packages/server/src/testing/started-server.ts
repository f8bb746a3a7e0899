/** A server of its own for a test: a temporary data directory, port 0, and callers with the right credentials. */

import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SigningKey } from '@fractal/record';
import { toBase64 } from '@fractal/tlog';
import { guardBeside } from '../compose/open-guard.ts';
import { type RunningServer, type ServerOptions, startServer } from '../compose/start-server.ts';

export interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Another credential; null: none. */
  readonly key?: string | null;
}

export interface CallAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; fails the test where it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look at answers as they come
  json(): any;
}

export interface StartedServer {
  readonly server: RunningServer;
  readonly dataDir: string;
  readonly apiKey: string;
  readonly adminToken: string;
  /** An HMAC key of tenant `default`, registered. */
  readonly hmac: SigningKey;
  call(method: string, path: string, options?: CallOptions): Promise<CallAnswer>;
  admin(method: string, path: string, body?: unknown): Promise<CallAnswer>;
  /** A tenant with an API key and an HMAC key. */
  makeTenant(name: string): Promise<{ apiKey: string; hmac: SigningKey }>;
  /** The same directory in a new server. */
  restart(options?: Partial<ServerOptions>): Promise<StartedServer>;
  stop(): Promise<void>;
}

export async function startTestServer(options: Partial<ServerOptions> = {}): Promise<StartedServer> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'fractal-server-')));
  const limits = { drainGraceMs: 10, ...options.limits };
  const settings = { port: 0, publishIntervalMs: 20, workers: 1, ...options, limits, dataDir };
  const server = await startServer(settings).catch(async (error: unknown) => {
    if (options.dataDir === undefined) await removeData(dataDir); // nobody else knows of it
    throw error;
  });
  const read = async (file: string) => (await readFile(file, 'utf8')).trim();
  const apiKey = await read(server.apiKeyFile);
  const adminToken = await read(server.adminTokenFile);
  const call: StartedServer['call'] = (method, path, given = {}) => request(server.url, apiKey, method, path, given);
  const admin: StartedServer['admin'] = (method, path, body) => call(method, path, { body, key: adminToken });
  const addHmac = async (tenant: string): Promise<SigningKey> => {
    const value = new Uint8Array(randomBytes(32));
    const kid = `k-${randomBytes(4).toString('hex')}`;
    const asked = { tenant, use: 'record', alg: 'hmac-sha256', kid, secret: toBase64(value) };
    const added = await admin('POST', '/admin/v1/keys', asked);
    if (added.status !== 200) throw new Error(added.text);
    return { alg: 'hmac-sha256', kid, value };
  };
  return {
    server,
    dataDir,
    apiKey,
    adminToken,
    hmac: await addHmac('default'),
    call,
    admin,
    async makeTenant(name) {
      await admin('POST', '/admin/v1/tenants', { name });
      const key = await admin('POST', '/admin/v1/keys', { tenant: name, use: 'api', scopes: ['tenant', 'reviewer'] });
      return { apiKey: key.json().secret, hmac: await addHmac(name) };
    },
    async restart(others = {}) {
      await server.close();
      return startTestServer({ ...settings, ...others });
    },
    async stop() {
      await server.close();
      await removeData(dataDir);
    },
  };
}

async function request(
  url: string,
  apiKey: string,
  method: string,
  path: string,
  { body, headers, key = apiKey }: CallOptions,
): Promise<CallAnswer> {
  const bytes =
    typeof body === 'string' || body instanceof Uint8Array || body === undefined ? body : JSON.stringify(body);
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(bytes === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(bytes === undefined ? {} : { body: bytes as string | Uint8Array<ArrayBuffer> }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) };
}

/** Removes a data directory and the guard beside it. */
export async function removeData(dataDir: string): Promise<void> {
  await rm(dataDir, { recursive: true });
  await rm(guardBeside(dataDir), { recursive: true, force: true });
}
