import { describe, expect, it } from 'vitest';
import { readRequestIds, requestIdHeaders } from '../../../src/serving/request-ids.ts';

const makeId = (): string => 'made';

describe('request ids', () => {
  it.each([
    [{}, { 'x-request-id': 'made', 'x-ms-request-id': 'made' }],
    [{ 'x-request-id': 'r' }, { 'x-request-id': 'r', 'x-ms-request-id': 'r' }],
    [
      { 'x-request-id': 'r', 'x-ms-client-request-id': 'c' },
      { 'x-request-id': 'r', 'x-ms-request-id': 'c', 'x-ms-client-request-id': 'c' },
    ],
    [
      { 'x-ms-request-id': 'old' },
      { 'x-request-id': 'made', 'x-ms-request-id': 'old', 'x-ms-client-request-id': 'old' },
    ],
    [
      { traceid: 't', 'x-request-id': '' },
      { 'x-request-id': 'made', 'x-ms-request-id': 'made', TraceId: 't' },
    ],
  ])('%j are answered with %j', (headers, answered) => {
    expect(requestIdHeaders(readRequestIds(headers, makeId))).toEqual(answered);
  });

  it.each(['x-request-id', 'x-ms-client-request-id', 'x-ms-request-id', 'traceid'])(
    'limits %s to 100',
    (name) => {
      expect(readRequestIds({ [name]: 'x'.repeat(100) }, makeId)).toBeDefined();
      expect(() => readRequestIds({ [name]: 'x'.repeat(101) }, makeId)).toThrow(
        expect.objectContaining({ status: 431 }),
      );
    },
  );
});
