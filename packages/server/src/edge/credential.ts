/** The credential of a request: `Authorization: Bearer …`, or `X-API-Key`. Both at once must be the same text. */

import type { Control } from '@fractal/control';
import type { Authenticator, RequestHeaders } from './admission.ts';

export function authenticator(control: Pick<Control, 'authenticate' | 'authenticateAdmin'>): Authenticator {
  return {
    tenant(headers) {
      const text = credentialOf(headers);
      return text === undefined ? undefined : control.authenticate(text);
    },
    admin(headers) {
      const text = credentialOf(headers);
      return text === undefined ? undefined : control.authenticateAdmin(text);
    },
  };
}

const BEARER = /^Bearer +(\S+)$/i;

function credentialOf(headers: RequestHeaders): string | undefined {
  const { authorization, 'x-api-key': apiKey } = headers;
  const bearer = typeof authorization === 'string' ? BEARER.exec(authorization)?.[1] : undefined;
  if (authorization === undefined) return typeof apiKey === 'string' ? apiKey : undefined;
  return apiKey === undefined || apiKey === bearer ? bearer : undefined;
}
