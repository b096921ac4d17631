import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTwin } from '../../../src/testing.ts';
import type { Twin } from '../../../src/testing.ts';
import { fixtureScorer } from '../../helpers/fixture-scorer.ts';
import { requestArm } from '../../helpers/twin-request.ts';
import type { TwinAnswer } from '../../helpers/twin-request.ts';

describe('versions and containers of assets', () => {
  let twin: Twin;
  beforeAll(async () => {
    twin = await createTwin({ scorer: fixtureScorer });
  });
  afterAll(() => twin.close());

  const put = (path: string, properties: object): Promise<TwinAnswer> =>
    requestArm(twin, path, { method: 'PUT', body: { properties } });

  it('answer 409 where an environment would change, which a client takes as a word to take the next version', async () => {
    expect((await put('/environments/plain/versions/1', { image: 'one:1' })).status).toBe(201);
    expect((await put('/environments/plain/versions/1', { image: 'one:1', tags: { a: 'b' } })).status).toBe(
      201,
    );
    expect((await put('/environments/plain/versions/1', { image: 'two:1' })).status).toBe(409);
  });

  it('let a container of data be archived as clients do it, with its type', async () => {
    const version = { dataType: 'uri_file', dataUri: 'https://example.com/a.csv' };
    expect((await put('/data/rows/versions/1', version)).status).toBe(201);
    expect((await put('/data/rows', { isArchived: true })).status).toBe(400);
    const archived = await put('/data/rows', { isArchived: true, dataType: 'uri_file' });
    expect([archived.status, archived.json['properties']]).toMatchObject([
      200,
      { isArchived: true, dataType: 'uri_file', latestVersion: '1' },
    ]);
    const empty = await put('/data/empty', { dataType: 'mltable' });
    expect([empty.status, empty.json['properties']]).toMatchObject([201, { dataType: 'mltable' }]);
  });

  it('of a component carry their version in the spec, whether it was sent there or not', async () => {
    const componentSpec = { name: 'bare', type: 'command', command: 'true', environment: 'azureml:plain:1' };
    const specOf = (answer: { readonly json: Record<string, unknown> }): unknown =>
      (answer.json['properties'] as { readonly componentSpec: unknown }).componentSpec;
    const expected = expect.objectContaining({ name: 'bare', version: '7' });
    expect(specOf(await put('/components/bare/versions/7', { componentSpec }))).toEqual(expected);
    expect(specOf(await requestArm(twin, '/components/bare/versions/7'))).toEqual(expected);
    // The same again, and what was read sent back, change nothing.
    expect((await put('/components/bare/versions/7', { componentSpec })).status).toBe(200);
    const read = specOf(await requestArm(twin, '/components/bare/versions/7'));
    expect((await put('/components/bare/versions/7', { componentSpec: read })).status).toBe(200);
  });

  it('give the newest version of a component where a client names none', async () => {
    const componentSpec = { name: 'count', type: 'command', command: 'true', environment: 'azureml:plain:1' };
    for (const version of ['1', '2'])
      await put(`/components/count/versions/${version}`, { componentSpec: { ...componentSpec, version } });
    const found = await requestArm(twin, '/components/count/versions/azureml_default');
    expect([found.status, found.json['name']]).toEqual([200, '2']);
    expect((await requestArm(twin, '/components/other/versions/azureml_default')).status).toBe(404);
    expect((await requestArm(twin, '/data/rows/versions/azureml_default')).status).toBe(404);
  });
});
