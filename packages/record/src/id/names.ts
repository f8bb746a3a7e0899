/** Names of profile 1.0 (tenant, namespace, stream, task): `[A-Za-z0-9._-]{1,64}`, so that they need no escaping anywhere. */
const NAME = /^[A-Za-z0-9._-]{1,64}$/;

export function isName(text: string): boolean {
  return NAME.test(text);
}
