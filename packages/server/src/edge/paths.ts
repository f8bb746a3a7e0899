/** Paths as routes write them (OpenAPI form), as fastify wants them, and as a pattern. */

/** `/v1/x:y/{id}` → `/v1/x::y/:id`; `{rest*}` → `*`. */
export function frameworkPath(path: string): string {
  return path
    .replaceAll(':', '::')
    .replace(/\{[a-z_]+\*\}$/, '*')
    .replace(/\{([a-z_]+)\}/g, ':$1');
}

/** Matches the paths of a route, whatever the method. */
export function pathPattern(path: string): RegExp {
  const pattern = path
    .replace(/[.*+?^$()|[\]\\]/g, '\\$&')
    .replace(/\{[a-z_]+\\\*\}$/, '.+')
    .replace(/\{[a-z_]+\}/g, '[^/]+');
  return new RegExp(`^${pattern}$`);
}
