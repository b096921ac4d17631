import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { apiVersionsOf, checkApiVersion } from '../../../src/local/arm/api-versions.ts';
import { checkTags } from '../../../src/local/arm/check-tags.ts';
import { findNotBuilt } from '../../../src/local/arm/not-built.ts';
import { matchRoute, routes } from '../../../src/local/arm/routes.ts';
import type { ArmOperation } from '../../../src/local/arm/routes.ts';
import { refusals } from '../../../src/local/http/refusals.ts';

const operations = Object.keys(routes) as ArmOperation[];
const workspace =
  '/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w';

describe('api-versions', () => {
  it.each(operations)('%s has some, in the order of time', (operation) => {
    const dated = apiVersionsOf(operation).filter((version) => !version.includes('dataplane'));
    // Permissions are another provider's, which has had few versions.
    expect(dated.length).toBeGreaterThan(operation === 'permission.list' ? 2 : 5);
    expect(dated).toEqual(dated.toSorted((a, b) => (a.slice(0, 10) < b.slice(0, 10) ? -1 : 0)));
  });

  it.each<[ArmOperation, string]>([
    // What azure-ai-ml 1.35, arm-machinelearning 2.1.1 and we send.
    ['workspace.get', '2024-10-01-preview'],
    ['model.version.put', '2023-08-01-preview'],
    ['code.startPendingUpload', '2023-04-01'],
    ['environment.version.put', '2023-04-01-preview'],
    ['component.version.put', '2024-01-01-preview'],
    ['onlineEndpoint.put', '2022-02-01-preview'],
    ['batchDeployment.put', '2023-02-01-preview'],
    ['compute.get', '2022-01-01-preview'],
    ['job.put', '2025-01-01-preview'],
    ['model.version.get', '2022-10-01'],
    ['onlineDeployment.put', '2024-10-01'],
    ['registry.model.version.get', '2021-10-01-dataplanepreview'],
  ])('%s takes %s', (operation, version) => {
    expect(() => checkApiVersion(operation, version, 'local')).not.toThrow();
  });

  it.each<[ArmOperation, string]>([
    ['workspace.get', '2099-01-01'],
    ['model.version.put', '2021-07-01'],
    ['model.version.put', '2021-10-01-dataplanepreview'],
    ['code.startPendingUpload', '2022-10-01'],
    ['job.put', 'latest'],
  ])('%s refuses %s and lists what there is', (operation, version) => {
    const check = (): void => checkApiVersion(operation, version, 'local');
    expect(check).toThrow(`API version '${version}'`);
    expect(check).toThrow('2024-04-01, 2024-04-01-preview');
  });

  it('names the type as the gateway does', () => {
    expect(() => checkApiVersion('model.version.put', '1', 'local')).toThrow(
      "type 'workspaces/models/versions'",
    );
  });
});

describe('tags', () => {
  const many = (count: number): object =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`t${index}`, 'x']));

  it.each<[string, unknown]>([
    ['50 tags', many(50)],
    ['a name of 512 characters', { ['n'.repeat(512)]: 'x' }],
    ['a value of 256 characters', { n: 'v'.repeat(256) }],
    ['a colon in a name', { 'aml-deit:hash': 'x' }],
    ['none', undefined],
    ['null', null],
    ['a list, which the service itself refuses', []],
  ])('takes %s', (_what, tags) => {
    expect(() => checkTags({ tags })).not.toThrow();
  });

  it.each<[string, unknown, RegExp]>([
    ['51 tags', many(51), /51 tags, expected at most 50/],
    ['a name of 513 characters', { ['n'.repeat(513)]: 'x' }, /513 characters/],
    ['a value of 257 characters', { n: 'v'.repeat(257) }, /257 characters/],
    ['an empty name', { '': 'x' }, /0 characters/],
    ...['<', '>', '%', '&', '\\', '?', '/', '\u0007'].map((character): [string, unknown, RegExp] => [
      `character ${character.charCodeAt(0)} in a name`,
      { [`a${character}b`]: 'x' },
      /reserved/,
    ]),
  ])('refuses %s', (_what, tags, message) => {
    expect(() => checkTags({ tags })).toThrow(message);
  });
});

describe('what Azure has and the twin has not', () => {
  it.each([
    ['GET', '/schedules'],
    ['PUT', '/schedules/nightly'],
    ['POST', '/connections/openai/listsecrets'],
    ['PUT', '/privateEndpointConnections/a'],
    ['GET', '/featuresets/f/versions/1'],
    ['PUT', '/serverlessEndpoints/llm'],
    ['POST', '/serverlessEndpoints/llm/listKeys'],
    ['PUT', '/marketplaceSubscriptions/m'],
    ['PUT', ''],
    ['DELETE', ''],
    ['PUT', '/connections/mine'],
    ['POST', '/computes/ci/start'],
    ['POST', '/diagnose'],
  ])('%s %s', (method, path) => {
    expect(matchRoute(method, workspace + path)).toBeUndefined();
    expect(findNotBuilt(method, workspace + path)).toMatch(/^[A-Z]/);
    expect(findNotBuilt(method, (workspace + path).toUpperCase())).toBeDefined();
  });

  it.each([
    ['GET', '/gadgets'],
    ['GET', '/schedulesx'],
    ['GET', '/models/m/versions/1/x'],
    ['PUT', '/jobs'],
  ])('nobody has %s %s', (method, path) => {
    expect(findNotBuilt(method, workspace + path)).toBeUndefined();
  });

  it('hides nothing that is built', () => {
    const hidden = operations.filter((operation) => {
      const [method, path] = routes[operation];
      return findNotBuilt(method, path.replaceAll(/\{\w+\}/g, 'x')) !== undefined;
    });
    // A registry is asked for by name; the rest of its path is not built.
    expect(hidden.filter((operation) => !operation.startsWith('registry.'))).toEqual([]);
  });
});

describe('the table of refusals', () => {
  it('has no code that the twin never gives', () => {
    const sources = execFileSync(
      'git',
      [
        'grep',
        '--untracked',
        '-hE',
        "'[A-Z][A-Za-z]+'",
        '--',
        'src/local',
        ':!src/local/http/refusals.ts',
        ':!*.md',
      ],
      { encoding: 'utf8' },
    );
    const given = new Set([...sources.matchAll(/'([A-Z][A-Za-z]+)'/g)].map((match) => match[1]));
    expect(Object.keys(refusals).filter((code) => !given.has(code))).toEqual([]);
  });
});
