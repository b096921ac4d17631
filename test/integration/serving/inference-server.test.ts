import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { swaggerDocument } from '../../../src/serving/swagger.ts';
import { exchange, postScore } from '../../helpers/http-exchange.ts';
import type { ExchangeResult } from '../../helpers/http-exchange.ts';
import { cardRequest, pictureText, requestShapes, singleShapes } from '../../helpers/score-requests.ts';
import { startServe } from '../../helpers/serve-process.ts';
import type { ServeProcess } from '../../helpers/serve-process.ts';
import { makeTinyPackage } from '../../helpers/tiny-package.ts';
import type { TinyPackage } from '../../helpers/tiny-package.ts';

interface Swagger {
  readonly swagger?: string;
  readonly openapi?: string;
  readonly info: object;
  readonly paths: Readonly<Record<string, object>>;
  readonly definitions?: Readonly<Record<string, object>>;
  readonly components?: { readonly schemas: Readonly<Record<string, object>> };
}

let tiny: TinyPackage;
let server: ServeProcess;
let picture: string;
beforeAll(async () => {
  tiny = await makeTinyPackage();
  server = await startServe({
    model: tiny.directory,
    env: {
      SERVICE_NAME: 'pets',
      SERVICE_VERSION: '7.1',
      SERVICE_PATH_PREFIX: '/api/pets/',
      SEPERATE_HEALTH_ENDPOINT: 'true',
      HEALTH_PORT: '0',
      AML_CORS_ORIGINS: 'https://a.example,https://b.example',
    },
  });
  picture = await pictureText('waves');
});
afterAll(async () => {
  await server.stop();
  await tiny.remove();
});

const swagger = async (query: string): Promise<Swagger> => {
  const answer = await exchange(`${server.url}/swagger.json${query}`);
  expect(answer.status).toBe(200);
  return answer.json as Swagger;
};

describe('/swagger.json', () => {
  it.each([
    ['', 'swagger', '2.0'],
    ['?version=2', 'swagger', '2.0'],
    ['?version=2.0', 'swagger', '2.0'],
    ['?version=3', 'openapi', '3.0.3'],
    ['?version=3.0', 'openapi', '3.0.3'],
    ['?version=3.1', 'openapi', '3.1.0'],
  ] as const)('%j is of %s %s, with the names of the environment', async (query, member, version) => {
    const document = await swagger(query);
    expect(document[member]).toBe(version);
    expect(document.info).toMatchObject({ title: 'pets', version: '7.1' });
    expect(Object.keys(document.paths)).toEqual(['/api/pets/', '/api/pets/score']);
  });

  it.each(['1', '4', '', '3.0.3', '__proto__'])('does not know version %j', async (version) => {
    const answer = await exchange(`${server.url}/swagger.json?version=${version}`);
    expect([answer.status, answer.json]).toEqual([
      404,
      { message: `there is no Swagger of version "${version}", expected one of 2, 2.0, 3, 3.0, 3.1` },
    ]);
  });

  it('describes every request that is accepted and every answer, and its own example', async () => {
    const { schemas } = (await swagger('?version=3.1')).components!;
    const ajv = new Ajv({ strict: false });
    const isInput = ajv.compile(schemas['ServiceInput']!);
    const isOutput = ajv.compile(schemas['ServiceOutput']!);
    for (const [name, form] of requestShapes) {
      expect([name, isInput(form(['a', 'b']))]).toEqual([name, true]);
    }
    for (const [name, form] of singleShapes) expect([name, isInput(form('a'))]).toEqual([name, true]);
    expect(isInput((schemas['ServiceInput'] as { example: unknown }).example)).toBe(true);
    for (const refused of [
      { input_data: 3 },
      { input_data: [] },
      { input_data: '' },
      { input_data: { columns: [], data: ['a'] } },
      { input_data: { columns: ['text'], data: ['a'] } },
      { inputs: {} },
      { inputs: { image: ['a'], text: ['b'] } },
      { dataframe_records: [{}] },
      { input_data: 'a', params: { top_k: 0 } },
      { input_data: 'a', params: { top: 1 } },
    ]) {
      const { status } = await postScore(server.url, refused);
      expect([refused, status, isInput(refused)]).toEqual([refused, 400, false]);
    }
    const withNull = await postScore(server.url, { input_data: ['x'], params: { on_error: 'null' } });
    expect([withNull.json, isOutput(withNull.json)]).toEqual([[null], true]);
    for (const answer of ['probs', 'label_score', 'label_score_list']) {
      const { json } = await postScore(server.url, { input_data: picture, params: { answer } });
      expect([answer, isOutput(json)]).toEqual([answer, true]);
    }
    const { definitions } = await swagger('');
    const isCard = ajv.compile(definitions!['ServiceInput']!);
    expect([isCard(cardRequest('a')), isCard({ inputs: ['a'] })]).toEqual([true, false]);
    expect(
      ajv.compile(definitions!['ServiceOutput']!)((await postScore(server.url, cardRequest(picture))).json),
    ).toBe(true);
  });

  it('of version 2 describes the answer that the server gives where a request does not say', () => {
    const service = { name: 'pets', version: '1', pathPrefix: '' };
    for (const answer of ['probs', 'label_score', 'label_score_list'] as const) {
      const { definitions } = swaggerDocument('2', { service, answer }) as Swagger;
      const isAnswer = new Ajv({ strict: false }).compile(definitions!['ServiceOutput']!);
      const rows = {
        probs: { probs: [1], labels: ['can'] },
        label_score: { 0: { label: 'can', score: 1 } },
        label_score_list: [{ label: 'can', score: 1 }],
      };
      expect(Object.entries(rows).filter(([, row]) => isAnswer([row]))).toEqual([[answer, rows[answer]]]);
    }
  });
});

describe('a port for probes alone', () => {
  it('answers them as the other does, and nothing else', async () => {
    const health = `http://127.0.0.1:${Number((await server.line('listening'))['healthPort'])}`;
    const alive = await exchange(`${health}/`);
    expect([alive.status, alive.text]).toEqual([200, 'Healthy']);
    expect((await exchange(`${health}/ready`)).text).toBe('Ready');
    expect((await exchange(`${health}/metrics`)).text).toContain('aml_deit_ready 1');
    expect((await exchange(`${health}/`, { method: 'DELETE' })).status).toBe(405);
    expect((await postScore(health, cardRequest(picture))).status).toBe(404);
    expect((await exchange(`${health}/swagger.json`)).json).toEqual({
      message: 'only probes are answered here',
    });
    expect((await exchange(`${server.url}/ready`)).text).toBe('Ready');
  });
});

describe('CORS', () => {
  const cors = ({ headers }: ExchangeResult): Record<string, unknown> =>
    Object.fromEntries(Object.entries(headers).filter(([name]) => /^access-control|^vary/.test(name)));

  it('tells a page of an origin that is allowed, and no other, that it may read the answer', async () => {
    const good = await postScore(server.url, cardRequest(picture), {
      headers: { origin: 'https://b.example' },
    });
    expect([good.status, cors(good)]).toEqual([
      200,
      { 'access-control-allow-origin': 'https://b.example', vary: 'Origin' },
    ]);
    const bad = await postScore(server.url, cardRequest('x'), { headers: { origin: 'https://a.example' } });
    expect([bad.status, cors(bad)]).toEqual([
      400,
      { 'access-control-allow-origin': 'https://a.example', vary: 'Origin' },
    ]);
    for (const origin of [
      'https://c.example',
      'https://a.example.evil.example',
      'null',
      'https://A.example',
    ]) {
      expect(cors(await exchange(`${server.url}/`, { headers: { origin } }))).toEqual({ vary: 'Origin' });
    }
  });

  it('answers what a browser asks before it sends', async () => {
    const asked = await exchange(`${server.url}/score`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://a.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });
    expect([asked.status, cors(asked)]).toEqual([
      200,
      {
        'access-control-allow-origin': 'https://a.example',
        'access-control-allow-methods': 'GET, POST',
        'access-control-allow-headers': 'authorization,content-type',
        'access-control-max-age': '600',
        vary: 'Origin',
      },
    ]);
    const plain = await exchange(`${server.url}/score`, { method: 'OPTIONS' });
    expect([plain.status, plain.headers['allow'], cors(plain)]).toEqual([
      200,
      'POST, OPTIONS',
      { vary: 'Origin' },
    ]);
  });
});

describe('/metrics', () => {
  const samples = async (): Promise<Map<string, number>> => {
    const answer = await exchange(`${server.url}/metrics`);
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    const lines = answer.text.trimEnd().split('\n');
    const described = new Set<string>();
    const found = new Map<string, number>();
    for (const line of lines) {
      const comment = /^# (?:HELP|TYPE) (\w+) \S/.exec(line);
      if (comment !== null) {
        described.add(comment[1]!);
        continue;
      }
      const sample = /^(\w+?)(?:_bucket|_sum|_count)?((?:\{[^}]*\})?) (\S+)$/.exec(line);
      expect([line, sample !== null && described.has(sample[1]!)]).toEqual([line, true]);
      found.set(line.slice(0, line.lastIndexOf(' ')), Number(sample![3]));
    }
    return found;
  };

  it('counts requests, pictures and their time, in a form that Prometheus reads', async () => {
    const before = await samples();
    const grown = (after: ReadonlyMap<string, number>, name: string): number =>
      (after.get(name) ?? 0) - (before.get(name) ?? 0);
    await postScore(server.url, cardRequest(picture, picture));
    await postScore(server.url, { ...cardRequest(picture, 'x'), params: { on_error: 'null' } });
    await postScore(server.url, cardRequest('x'));
    for (const path of ['/nothing', '/other', '/nothing/else']) await exchange(`${server.url}${path}`);
    // A request is counted when its connection has done with it, which may be after the client has its answer.
    await expect
      .poll(async () => grown(await samples(), 'aml_deit_requests_total{route="none",status="404"}'))
      .toBe(3);
    const after = await samples();
    expect(grown(after, 'aml_deit_requests_total{route="/score",status="200"}')).toBe(2);
    expect(grown(after, 'aml_deit_requests_total{route="/score",status="400"}')).toBe(1);
    expect(grown(after, 'aml_deit_pictures_total{outcome="scored"}')).toBe(3);
    expect(grown(after, 'aml_deit_pictures_total{outcome="refused"}')).toBe(2);
    expect(grown(after, 'aml_deit_request_duration_seconds_count')).toBe(3);
    expect(grown(after, 'aml_deit_request_duration_seconds_bucket{le="+Inf"}')).toBe(3);
    expect(after.get('aml_deit_ready')).toBe(1);
    expect(after.get('aml_deit_pictures_admitted')).toBe(0);
    expect(after.get('aml_deit_model_restarts_total')).toBe(0);
    expect(after.get('process_resident_memory_bytes')).toBeGreaterThan(1e7);
  });
});

describe('SCORING_TIMEOUT_MS', () => {
  it('answers 500 as the inference server does, and goes on', async () => {
    const env = { SCORING_TIMEOUT_MS: '1', SERVER_VERSION_LOG_RESPONSE_ENABLED: 'false' };
    const limited = await startServe({ model: tiny.directory, env });
    try {
      const slow = cardRequest(...Array.from({ length: 64 }, () => picture));
      const answer = await postScore(limited.url, slow);
      expect([answer.status, answer.json, answer.headers['x-ms-run-function-failed']]).toEqual([
        500,
        { message: 'Scoring timeout after 1 ms' },
        'True',
      ]);
      expect(answer.headers).not.toHaveProperty('x-ms-server-version');
      expect((await exchange(`${limited.url}/ready`)).status).toBe(200);
      expect(limited.log.filter(({ event }) => event === 'request-failed')).toEqual([]);
    } finally {
      await limited.stop();
    }
  });
});
