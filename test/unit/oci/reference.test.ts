import { describe, expect, it } from 'vitest';
import { formatImageReference, parseImageReference } from '../../../src/oci/index.ts';
import { parseChallenge } from '../../../src/oci/registry-auth.ts';

const digest = `sha256:${'a'.repeat(64)}`;

describe('the name of an image', () => {
  it.each([
    [
      'team.azurecr.io/aml-deit/scorer:1',
      { registry: 'team.azurecr.io', repository: 'aml-deit/scorer', tag: '1' },
    ],
    ['127.0.0.1:5000/a', { registry: '127.0.0.1:5000', repository: 'a' }],
    ['[::1]:5000/a/b:v', { registry: '[::1]:5000', repository: 'a/b', tag: 'v' }],
    ['localhost/a', { registry: 'localhost', repository: 'a' }],
    ['aml-deit/scorer:0.1.0', { repository: 'aml-deit/scorer', tag: '0.1.0' }],
    ['debian:12', { repository: 'debian', tag: '12' }],
    [`debian:12@${digest}`, { repository: 'debian', tag: '12', digest }],
    [`r.io/a__b@${digest}`, { registry: 'r.io', repository: 'a__b', digest }],
  ])('%s is taken apart and put together again', (text, parts) => {
    expect(parseImageReference(text)).toEqual(parts);
    expect(formatImageReference(parseImageReference(text))).toBe(text);
  });

  it.each([
    '',
    'A/b',
    'a/../b',
    'a//b',
    'a:',
    'a:.x',
    'a@sha256:12',
    'a b',
    'r.io/',
    'ex ample.io/a',
    'user@host/a',
    `a:${'x'.repeat(129)}`,
    'a/b\n',
  ])('"%s" is refused', (text) => {
    expect(() => parseImageReference(text)).toThrow(
      expect.objectContaining({ code: 'IMAGE_REFERENCE_INVALID' }),
    );
  });
});

describe('what a registry asks to be shown', () => {
  it.each([
    ['Basic realm="x"', { scheme: 'basic' }],
    [
      'Bearer realm="https://a/t",service="s",scope="repository:a:pull,push"',
      { scheme: 'bearer', realm: 'https://a/t', service: 's', scope: 'repository:a:pull,push' },
    ],
    ['bearer realm=https://a/t', { scheme: 'bearer', realm: 'https://a/t' }],
    ['Basic realm="x", Bearer realm="https://a/t"', { scheme: 'bearer', realm: 'https://a/t' }],
    ['Negotiate', undefined],
    [undefined, undefined],
  ])('%s', (header, challenge) => {
    expect(parseChallenge(header)).toEqual(challenge);
  });
});
