import { describe, expect, it } from 'vitest';
import { providersToTry, sessionOptions } from '../../../src/vision/session-options.ts';

describe('providers', () => {
  it.each([
    ['cpu', true, ['cpu']],
    ['auto', false, ['cpu']],
    ['auto', true, ['cuda', 'cpu']],
    ['cuda', false, ['cuda', 'cpu']],
  ] as const)('%s, driver %s: %j', (provider, hasDriver, tried) => {
    expect(providersToTry(provider, () => hasDriver)).toEqual(tried);
  });

  it('leaves to the CPU what the GPU has no kernel for', () => {
    expect(sessionOptions(2, 'cuda').executionProviders).toEqual(['cuda', 'cpu']);
    expect(sessionOptions(2).executionProviders).toEqual(['cpu']);
  });
});
