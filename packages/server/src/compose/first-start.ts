/**
 * What a first start leaves ready: the tenant `default` with an API key, and an admin token, each in a file of its own
 * (mode 0600). Where such a file is missing at a later start a new key is made and the old ones stay good until they are
 * revoked; an empty file says that none is wanted.
 */

import { join } from 'node:path';
import type { Control } from '@fractal/control';
import type { Logger } from '../edge/logger.ts';
import { readLine, writeLine } from './private-file.ts';

export const DEFAULT_TENANT = 'default';

export interface FirstStartFiles {
  readonly adminTokenFile: string;
  readonly apiKeyFile: string;
}

export async function firstStart(options: {
  control: Control;
  keysFolder: string;
  prepareTenant: (tenant: string) => Promise<void>;
  logger: Logger;
}): Promise<FirstStartFiles> {
  const { control, keysFolder, logger } = options;
  const created = await control.createTenant({ tenant: DEFAULT_TENANT, actor: 'system' });
  if (!created.ok) throw new Error(`tenant ${DEFAULT_TENANT}: ${created.code}`);
  await options.prepareTenant(DEFAULT_TENANT);
  const apiKeyFile = join(keysFolder, 'api-key');
  const adminTokenFile = join(keysFolder, 'admin-token');
  if ((await readLine(apiKeyFile)) === undefined) {
    // The first user is application and reviewer in one; keys added later are what they are asked to be.
    const scopes = ['tenant', 'reviewer'];
    const added = await control.addKey({ tenant: DEFAULT_TENANT, actor: 'system', use: 'api', scopes });
    if (!added.ok || added.value.use === 'record') throw new Error('no API key could be made');
    await writeLine(apiKeyFile, added.value.secret, 0o600);
    logger.info('api_key_made', { tenant: DEFAULT_TENANT, key: added.value.id });
  }
  if ((await readLine(adminTokenFile)) === undefined) {
    const added = await control.addAdminToken({ actor: 'system' });
    if (!added.ok || added.value.use === 'record') throw new Error('no admin token could be made');
    await writeLine(adminTokenFile, added.value.secret, 0o600);
    logger.info('admin_token_made', { key: added.value.id });
  }
  return { adminTokenFile, apiKeyFile };
}
