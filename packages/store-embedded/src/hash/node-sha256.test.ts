import { sha256 } from '@fractal/tlog';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { nodeSha256 } from './node-sha256.ts';

it('is the function of @fractal/tlog, in bytes of its own', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5_000 }), (bytes) => {
      const digest = nodeSha256(bytes);
      expect(digest).toEqual(sha256(bytes));
      expect([digest.byteOffset, digest.buffer.byteLength]).toEqual([0, 32]);
    }),
  );
});
