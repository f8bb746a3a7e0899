/** The OpenAPI document without a running server: the routes are described, none is called. */

import { defaultLimits, type Limits } from '../edge/limits.ts';
import { buildOpenApi, type OpenApiDocument } from '../edge/openapi.ts';
import { type AllRoutesOptions, allRoutes } from './all-routes.ts';

export function openApiDocument(limits: Limits = defaultLimits): OpenApiDocument {
  // Making a route reads limits only; its services are looked at when it is called.
  const services = { limits } as AllRoutesOptions['services'];
  const admin = { limits } as AllRoutesOptions['admin'];
  const followers = { limits } as AllRoutesOptions['followers'];
  const logKeys = { limits } as AllRoutesOptions['logKeys'];
  const witness = {} as AllRoutesOptions['witness'];
  const service = {} as AllRoutesOptions['service'];
  return buildOpenApi(allRoutes({ services, admin, followers, publicLogs: new Map(), logKeys, witness, service }));
}
