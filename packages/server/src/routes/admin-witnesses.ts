/** GET /admin/v1/witnesses: who cosigns our log and how far behind each is, and whose logs this server cosigns. */

import { z } from 'zod';
import { json } from '../edge/answer.ts';
import type { AdminServices } from './admin-services.ts';
import type { Route } from './route.ts';

const witnessesSchema = z.object({
  witnessed_size: z.int().meta({ description: 'Entries covered by the largest checkpoint that met the quorum.' }),
  published_size: z.int(),
  witnesses: z.array(
    z.object({
      name: z.string(),
      cosigned_size: z.int(),
      lag_entries: z.int(),
      cosigned_seconds: z.int().nullable().meta({ description: 'Time in its last cosignature, Unix seconds.' }),
      failures: z.int().meta({ description: 'Attempts that failed since the start.' }),
      fault: z.string().nullable().meta({ description: 'Why its last attempt failed; null while it cosigns.' }),
    }),
  ),
  cosigns: z
    .object({ vkey: z.string(), origins: z.array(z.string()) })
    .nullable()
    .meta({ description: 'This server as a witness; null where it cosigns no log.' }),
});

export function adminWitnessesRoute(services: AdminServices): Route {
  return {
    method: 'GET',
    path: '/admin/v1/witnesses',
    operationId: 'listWitnesses',
    summary: 'The witnesses of the log, and the logs that this server cosigns.',
    auth: 'admin',
    responses: { 200: { description: 'Both.', schema: witnessesSchema } },
    handle: () => json(200, services.witnesses()),
  };
}
