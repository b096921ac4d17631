import { describe, expect, it } from 'vitest';
import { readRequestId, readRequestIds, requestIdHeaders } from '../../../src/serving/request-ids.ts';

const read = (headers: Readonly<Record<string, string>>): ReturnType<typeof readRequestIds> =>
  readRequestIds(
    headers,
    readRequestId(headers, () => 'made'),
  );

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
      { 'x-ms-request-id': 'old', 'x-ms-client-request-id': 'c' },
      { 'x-request-id': 'made', 'x-ms-request-id': 'old', 'x-ms-client-request-id': 'c' },
    ],
    [
      { traceid: 't', 'x-request-id': '' },
      { 'x-request-id': 'made', 'x-ms-request-id': 'made', TraceId: 't' },
    ],
  ])('%j are answered with %j', (headers, answered) => {
    expect(requestIdHeaders(read(headers))).toEqual(answered);
  });

  it.each(['x-request-id', 'x-ms-client-request-id', 'x-ms-request-id', 'traceid'])(
    'limits %s to 100',
    (name) => {
      expect(read({ [name]: 'x'.repeat(100) })).toBeDefined();
      expect(() => read({ [name]: 'x'.repeat(101) })).toThrow(expect.objectContaining({ status: 431 }));
    },
  );
});
