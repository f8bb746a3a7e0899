/** Every route of the server, in the order of the document. */

import { keyRoutes, tenantRoutes } from './admin.ts';
import type { AdminServices } from './admin-services.ts';
import { adminStatusRoutes } from './admin-status.ts';
import { adminWitnessesRoute } from './admin-witnesses.ts';
import { checkRoute } from './check.ts';
import { contentRoute } from './content.ts';
import { entriesRoute, tagKeyRoute } from './entries.ts';
import type { FollowerServices } from './follower-services.ts';
import { followerRoutes } from './followers.ts';
import { kpiRoutes } from './kpis.ts';
import { labelRoute } from './labels.ts';
import { type LogKeyServices, logKeyRoutes } from './log-keys.ts';
import { pcsSubmitRoute } from './pcs-submit.ts';
import { policyRoutes } from './policies.ts';
import { type PublicLogs, publicLogRoutes } from './public-log.ts';
import { receiptRoute } from './receipts.ts';
import { resolutionRoute } from './resolutions.ts';
import type { Route } from './route.ts';
import { type ServiceRoutesOptions, serviceRoutes } from './service-routes.ts';
import type { Services } from './services.ts';
import { verdictRoute } from './verdicts.ts';
import { verifyRoute } from './verify.ts';
import { verifyBatchRoute } from './verify-batch.ts';
import { type WitnessRouteOptions, witnessRoute } from './witness.ts';

export interface AllRoutesOptions {
  readonly services: Services;
  readonly admin: AdminServices;
  readonly followers: FollowerServices;
  readonly publicLogs: PublicLogs;
  readonly logKeys: LogKeyServices;
  readonly witness: WitnessRouteOptions;
  readonly service: ServiceRoutesOptions;
}

export function allRoutes({
  services,
  admin,
  followers,
  publicLogs,
  logKeys,
  witness,
  service,
}: AllRoutesOptions): readonly Route[] {
  return [
    checkRoute(services),
    verifyRoute(services),
    verifyBatchRoute(services),
    pcsSubmitRoute(services),
    verdictRoute(services),
    receiptRoute(services),
    resolutionRoute(services),
    labelRoute(services),
    contentRoute(services),
    tagKeyRoute(services),
    entriesRoute(services),
    ...policyRoutes(services),
    ...kpiRoutes(followers),
    ...publicLogRoutes(publicLogs),
    ...logKeyRoutes(logKeys),
    witnessRoute(witness),
    ...tenantRoutes(admin),
    ...keyRoutes(admin),
    ...adminStatusRoutes(admin),
    ...followerRoutes(followers),
    adminWitnessesRoute(admin),
    ...serviceRoutes(service),
  ];
}
