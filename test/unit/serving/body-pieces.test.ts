import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collectPieces } from '../../../src/serving/body-pieces.ts';

describe('pieces of a body', () => {
  it('are the body, whatever their sizes', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.nat(3), fc.nat(3000)), { maxLength: 60 }), (lengths) => {
        const pieces = collectPieces();
        const all = lengths.map((length, index) => Buffer.alloc(length, index + 1));
        for (const piece of all) pieces.add(piece);
        expect(pieces.whole().equals(Buffer.concat(all))).toBe(true);
      }),
    );
  });

  it('are many thousands of one byte, of which none is kept', () => {
    const pieces = collectPieces();
    const piece = Buffer.alloc(1);
    for (let count = 0; count < 100_000; count += 1) {
      piece[0] = count;
      pieces.add(piece);
    }
    expect([...pieces.whole()].every((byte, index) => byte === (index & 255))).toBe(true);
  });
});
