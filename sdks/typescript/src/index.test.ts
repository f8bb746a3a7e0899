import { expect, it } from 'vitest';
import * as sdk from './index.ts';

it('exports these values and no others', () => {
  expect(Object.keys(sdk).sort()).toEqual([
    'AbortedError',
    'ApiError',
    'AuthenticationError',
    'ConflictError',
    'ERROR_CODES',
    'Fractal',
    'FractalError',
    'InvalidRequestError',
    'NetworkError',
    'NotAcceptedError',
    'NotFoundError',
    'OptionError',
    'RateLimitError',
    'ReceiptError',
    'RecordError',
    'ResponseError',
    'ServerError',
    'TimeoutError',
    'askServer',
    'buildContent',
    'buildRecord',
    'checkCompleteness',
    'createRecord',
    'entryOfReceipt',
    'httpLogFiles',
    'isErrorCode',
    'requireAccepted',
    'signRecord',
    'verifyReceipt',
  ]);
});

it('has one tree of errors, each under its own name', () => {
  const kinds = Object.entries(sdk).filter(([name]) => name.endsWith('Error'));
  expect(kinds).toHaveLength(16);
  for (const [name, kind] of kinds) {
    const error = new (kind as typeof sdk.FractalError)('what happened', { code: 'aborted' });
    expect(error).toBeInstanceOf(sdk.FractalError);
    expect(error).toMatchObject({ name, code: 'aborted', retryable: false, message: 'what happened' });
  }
});
