import { describe, expect, it } from 'vitest';
import { matchRoute, routes } from '../../../src/local/arm/routes.ts';
import type { ArmOperation } from '../../../src/local/arm/routes.ts';

describe('routes', () => {
  it.each(Object.keys(routes) as ArmOperation[])('%s matches its own path, in any case', (operation) => {
    const [method, path] = routes[operation];
    const url = path.replace(/\{(\w+)\}/g, (_match, name: string) => `my-${name}`);
    const matched = matchRoute(method, url);
    expect(matched?.operation).toBe(operation);
    for (const [name, value] of Object.entries(matched?.parameters ?? {})) expect(value).toBe(`my-${name}`);
    expect(matchRoute(method, url.toUpperCase())?.operation).toBe(operation);
  });

  it.each([
    [
      'another method',
      'POST',
      '/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w/models/m/versions/1',
    ],
    [
      'something below',
      'GET',
      '/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w/models/m/versions/1/x',
    ],
    [
      'another provider',
      'GET',
      '/subscriptions/s/resourceGroups/g/providers/MicrosoftXMachineLearningServices/workspaces/w',
    ],
    [
      'a broken escape',
      'GET',
      '/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/%zz',
    ],
  ])('nothing matches %s', (_what, method, path) => {
    expect(matchRoute(method, path)).toBeUndefined();
  });
});
