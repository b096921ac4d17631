import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exchange, postScore } from '../../helpers/http-exchange.ts';
import { cardRequest, pictureText } from '../../helpers/score-requests.ts';
import { startServe } from '../../helpers/serve-process.ts';
import type { ServeLogLine, ServeProcess } from '../../helpers/serve-process.ts';
import { makeTinyPackage } from '../../helpers/tiny-package.ts';
import type { TinyPackage } from '../../helpers/tiny-package.ts';

interface Row {
  readonly probs: readonly number[];
  readonly labels: readonly string[];
}

describe('the scoring contract', () => {
  let tiny: TinyPackage;
  let server: ServeProcess;
  let pictures: string[];
  beforeAll(async () => {
    // Eleven labels: as texts "10" sorts before "2", as ids it does not.
    const id2label = Object.fromEntries(Array.from({ length: 11 }, (_, id) => [id, `class ${id}`]));
    tiny = await makeTinyPackage({ id2label });
    server = await startServe({ model: tiny.directory });
    pictures = await Promise.all([pictureText('waves'), pictureText('edges'), pictureText('noise', 17, 60)]);
  });
  afterAll(async () => {
    await server.stop();
    await tiny.remove();
  });

  const score = async (value: unknown): Promise<Row[]> => {
    const answer = await postScore(server.url, value);
    expect([answer.status, answer.text]).toEqual([200, expect.any(String)]);
    return answer.json as Row[];
  };

  it("answers the card's request with every class, in id2label order, summing to 1", async () => {
    const answer = await postScore(server.url, cardRequest(pictures[0]!));
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    const rows = answer.json as Row[];
    expect(rows).toHaveLength(1);
    expect(Object.keys(rows[0]!)).toEqual(['probs', 'labels']);
    expect(rows[0]!.labels).toEqual(Array.from({ length: 11 }, (_, id) => `class ${id}`));
    expect(rows[0]!.probs).toHaveLength(11);
    expect(rows[0]!.probs.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 6);
    expect(rows[0]!.probs).not.toEqual(rows[0]!.probs.toSorted((a, b) => b - a));
  });

  it('answers several pictures in their order, as it answers each alone', async () => {
    const together = await score(cardRequest(...pictures));
    const alone = await Promise.all(pictures.map((picture) => score(cardRequest(picture))));
    expect(together).toHaveLength(3);
    for (const [index, row] of together.entries()) {
      for (const [label, probability] of row.probs.entries()) {
        expect(probability).toBeCloseTo(alone[index]![0]!.probs[label]!, 6);
      }
    }
    expect(together[0]!.probs).not.toEqual(together[1]!.probs);
  });

  it.each([
    ['nested rows', (text: string) => ({ input_data: { columns: ['image'], index: [0], data: [[text]] } })],
    ['no index', (text: string) => ({ input_data: { columns: ['image'], data: [text] } })],
    ['a bare list', (text: string) => ({ input_data: [text] })],
    ['one text', (text: string) => ({ input_data: text })],
    ['a data URI', (text: string) => cardRequest(`data:image/png;base64,${text}`)],
    ['base64 in lines', (text: string) => cardRequest(text.replaceAll(/.{76}/g, '$&\r\n'))],
    ['empty params', (text: string) => ({ ...cardRequest(text), params: {} })],
  ])('takes %s for the same request', async (_, form) => {
    expect(await score(form(pictures[0]!))).toEqual(await score(cardRequest(pictures[0]!)));
  });

  it('scores what many clients send together as what one sends', async () => {
    const expected = await score(cardRequest(pictures[1]!));
    const answers = await Promise.all(
      Array.from({ length: 24 }, (_, index) => score(cardRequest(pictures[index % 3]!))),
    );
    for (const [index, [row]] of answers.entries()) {
      if (index % 3 !== 1) continue;
      for (const [label, probability] of row!.probs.entries()) {
        expect(probability).toBeCloseTo(expected[0]!.probs[label]!, 6);
      }
    }
  });

  it('says that it is alive and ready', async () => {
    const alive = await exchange(`${server.url}/`);
    expect([alive.status, alive.text]).toEqual([200, 'Healthy']);
    const ready = await exchange(`${server.url}/ready`);
    expect([ready.status, ready.text]).toEqual([200, 'Ready']);
    expect((await exchange(`${server.url}/`, { method: 'HEAD' })).status).toBe(200);
    expect((await exchange(`${server.url}/score`, { method: 'OPTIONS' })).status).toBe(200);
  });

  it("carries the headers of Azure ML's inference server", async () => {
    const headers = {
      'x-request-id': 'platform-1',
      'x-ms-client-request-id': 'caller-1',
      TraceId: 'trace-1',
    };
    const scored = await postScore(server.url, cardRequest(pictures[0]!), { headers });
    expect(scored.headers).toMatchObject({
      'x-request-id': 'platform-1',
      'x-ms-client-request-id': 'caller-1',
      'x-ms-request-id': 'caller-1',
      traceid: 'trace-1',
      'x-ms-server-version': expect.stringMatching(/^aml-deit\/\d/) as string,
      'x-ms-run-fn-exec-ms': expect.stringMatching(/^\d+\.\d{3}$/) as string,
      'x-ms-run-function-failed': 'False',
    });
    const failed = await postScore(server.url, cardRequest('bm8gcGljdHVyZQ=='));
    expect(failed.headers).toMatchObject({
      'x-request-id': expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/) as string,
      'x-ms-run-fn-exec-ms': expect.stringMatching(/^\d+\.\d{3}$/) as string,
      'x-ms-run-function-failed': 'True',
    });
    expect(failed.headers['x-ms-request-id']).toBe(failed.headers['x-request-id']);
  });

  it('logs a request with its ids, and no probe', async () => {
    await exchange(`${server.url}/ready`);
    await exchange(`${server.url}/metrics`);
    await postScore(server.url, cardRequest(pictures[0]!, pictures[1]!), {
      headers: { 'x-request-id': 'logged-1', 'x-ms-client-request-id': 'logged-2' },
    });
    const isIt = (line: ServeLogLine): boolean => line['requestId'] === 'logged-1';
    expect(await server.line('request', 0, isIt)).toMatchObject({
      level: 'info',
      method: 'POST',
      path: '/score',
      status: 200,
      images: 2,
      clientRequestId: 'logged-2',
    });
    expect(server.log.filter(({ path }) => path === '/ready' || path === '/metrics')).toEqual([]);
  });
});

describe('a multilabel model', () => {
  it('answers with a probability of its own for each class', async () => {
    const tiny = await makeTinyPackage({ problem_type: 'multi_label_classification' });
    const server = await startServe({ model: tiny.directory });
    try {
      const { status, json } = await postScore(server.url, cardRequest(await pictureText('waves')));
      expect(status).toBe(200);
      const [row] = json as Row[];
      expect(row!.labels).toEqual(['can', 'carton', 'bottle']);
      expect(row!.probs.every((value) => value > 0 && value < 1)).toBe(true);
      expect(row!.probs.reduce((sum, value) => sum + value, 0)).not.toBeCloseTo(1, 3);
    } finally {
      await server.stop();
      await tiny.remove();
    }
  });
});
