import { describe, expect, it } from 'vitest';
import { queryAsBody } from '../../../src/serving/query-as-body.ts';

describe('queryAsBody', () => {
  it.each([
    ['/score?input_data=a', { input_data: 'a' }],
    ['/score?input_data=a&input_data=b', { input_data: ['a', 'b'] }],
    [
      '/score?input_data=http://x/a.png?sv=1?2&params={%22top_k%22:3}',
      { input_data: 'http://x/a.png?sv=1?2', params: { top_k: 3 } },
    ],
    ['/score?input_data=["a","b"]', { input_data: ['a', 'b'] }],
    ['/score?params={top_k:3}', { params: '{top_k:3}' }],
    ['/score?', {}],
    [`/score?params=${'['.repeat(9000)}`, { params: '['.repeat(9000) }],
    [`/score?params=${'['.repeat(40)}${']'.repeat(40)}`, { params: '['.repeat(40) + ']'.repeat(40) }],
  ])('reads %s', (url, body) => {
    expect(queryAsBody(url)).toEqual(body);
  });
});
