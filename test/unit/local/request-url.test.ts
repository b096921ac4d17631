import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { requestUrl } from '../../../src/local/http/request-url.ts';

describe('the URL of a request', () => {
  it.each<[string | undefined, string]>([
    ['/a?b=c', '/a'],
    ['//', '//'],
    ['//evil.example/a', '//evil.example/a'],
    ['/a/%zz', '/a/%zz'],
    ['/a/../b/%2e%2e/c', '/c'],
    ['http://evil.example/a', '/'],
    ['*', '/'],
    [undefined, '/'],
  ])('%s has the path %s, and the twin as its host', (url, path) => {
    const found = requestUrl({ url } as IncomingMessage, 'https://127.0.0.1:7443');
    expect([found.host, found.pathname]).toEqual(['127.0.0.1:7443', path]);
  });
});
