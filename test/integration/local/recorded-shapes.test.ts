import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTwin } from '../../../src/testing.ts';
import type { Twin } from '../../../src/testing.ts';
import { fixtureScorer } from '../../helpers/fixture-scorer.ts';
import { recordExchanges } from '../../helpers/record-exchanges.ts';
import type { ExchangeRecorder } from '../../helpers/record-exchanges.ts';
import { compareWithRecorded } from '../../helpers/recorded-shapes.ts';
import type { TracedExchange } from '../../helpers/trace-recorder.ts';
import { requestArm } from '../../helpers/twin-request.ts';

/** The same comparison as the conformance tests make over whole flows, and that it finds what is wrong. */
describe('answers against what the service was recorded with', () => {
  let twin: Twin;
  let recorder: ExchangeRecorder;
  beforeAll(async () => {
    twin = await createTwin({ scorer: fixtureScorer });
    recorder = recordExchanges(() => twin.descriptor.port);
  });
  afterAll(async () => {
    recorder[Symbol.dispose]();
    await twin.close();
  });

  const ask = async (path: string, method = 'GET', body?: object): Promise<TracedExchange> => {
    await requestArm(twin, path, { method, ...(body === undefined ? {} : { body }) });
    const [exchange] = recorder.take();
    if (exchange === undefined) throw new Error('nothing was recorded');
    return exchange;
  };
  const whatDiffers = (exchange: TracedExchange): string[] =>
    compareWithRecorded([exchange]).mismatches.map(({ what }) => what);
  const changed = (
    exchange: TracedExchange,
    response: Partial<TracedExchange['response']>,
  ): TracedExchange => ({
    ...exchange,
    response: { ...exchange.response, ...response },
  });

  it('match', async () => {
    const exchanges = [
      await ask(''),
      await ask('/datastores/workspaceblobstore'),
      await ask('/datastores/absent'),
      await ask('/models/none/versions/1'),
      await ask('/onlineEndpoints/pets', 'PUT', { location: 'local', properties: { authMode: 'Key' } }),
    ];
    expect(compareWithRecorded(exchanges)).toEqual({ compared: exchanges.length, mismatches: [] });
  });

  it('are kept without what opens anything', async () => {
    await ask('/onlineEndpoints/birds', 'PUT', { location: 'local', properties: { authMode: 'Key' } });
    for (const path of ['/onlineEndpoints/birds/listKeys', '/datastores/workspaceblobstore/listSecrets']) {
      const { status, headers, response } = await ask(path, 'POST');
      expect(status).toBe(200);
      expect(headers).toContain('authorization');
      expect(Object.values(response.body as object)).toContain('hidden');
    }
  });

  it('do not count where nothing was recorded', async () => {
    expect(compareWithRecorded([await ask('/unknownThings')])).toEqual({ compared: 0, mismatches: [] });
  });

  it('differ by a member that is missing or of another type', async () => {
    const store = await ask('/datastores/workspaceblobstore');
    const { id, ...withoutId } = store.response.body as { id: string; properties: Record<string, unknown> };
    expect(whatDiffers(changed(store, { body: withoutId }))).toEqual(['/id is missing']);
    const body = { id, ...withoutId };
    const { properties } = body;
    const { accountName: _gone, ...rest } = properties;
    expect(whatDiffers(changed(store, { body: { ...body, properties: rest } }))).toEqual([
      '/properties/accountName is missing',
    ]);
    const wrong = { ...body, properties: { ...properties, accountName: 7 } };
    expect(whatDiffers(changed(store, { body: wrong }))).toEqual([
      '/properties/accountName is number, recorded string',
    ]);
  });

  it('differ by a status, a header, a media type and an envelope', async () => {
    const store = await ask('/datastores/workspaceblobstore');
    expect(whatDiffers({ ...store, status: 202 })).toEqual(['a status that was never recorded']);
    expect(whatDiffers(changed(store, { headers: { 'content-type': 'text/html' } }))).toEqual([
      'content-type text/html',
    ]);
    const missing = await ask('/datastores/absent');
    expect(whatDiffers(changed(missing, { body: { message: 'no' } })).length).toBe(1);
    const put = await ask('/onlineEndpoints/cats', 'PUT', {
      location: 'local',
      properties: { authMode: 'Key' },
    });
    const { 'azure-asyncoperation': _none, ...headers } = put.response.headers;
    expect(whatDiffers(changed(put, { headers }))).toEqual(['header azure-asyncoperation is missing']);
  });
});
