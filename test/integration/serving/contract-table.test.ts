import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exchange, postScore } from '../../helpers/http-exchange.ts';
import { cardRequest, pictureText, requestShapes, singleShapes } from '../../helpers/score-requests.ts';
import { startServe } from '../../helpers/serve-process.ts';
import type { ServeProcess } from '../../helpers/serve-process.ts';
import { makeTinyPackage } from '../../helpers/tiny-package.ts';
import type { TinyPackage } from '../../helpers/tiny-package.ts';

interface CardRow {
  readonly probs: readonly number[];
  readonly labels: readonly string[];
}

/** Each form of an answer, made of the card's here. */
const answers: Readonly<Record<string, (row: CardRow) => unknown>> = {
  probs: (row) => row,
  label_score: (row) => Object.fromEntries(best(row, 5).entries()),
  label_score_list: (row) => best(row, 5),
};

function best({ probs, labels }: CardRow, count: number): unknown[] {
  return probs
    .map((score, id) => ({ label: labels[id], score }))
    .toSorted((a, b) => b.score - a.score)
    .slice(0, count);
}

const problemTypes = ['single_label_classification', 'multi_label_classification'] as const;

describe.each(problemTypes)('every request and every answer of a %s model', (problemType) => {
  let tiny: TinyPackage;
  let pictures: string[];
  let pictureServer: Server;
  let url: string;
  let byCard: ServeProcess;
  let byLabels: ServeProcess;
  let expected: CardRow[];
  beforeAll(async () => {
    const id2label = Object.fromEntries(Array.from({ length: 11 }, (_, id) => [id, `class ${id}`]));
    // One of the two is of grey pictures.
    const channels = problemType === 'multi_label_classification' ? 1 : 3;
    tiny = await makeTinyPackage({ id2label, problem_type: problemType, num_channels: channels });
    pictures = await Promise.all([pictureText('waves'), pictureText('noise', 17, 60)]);
    pictureServer = createServer((_request, response) => response.end(Buffer.from(pictures[0]!, 'base64')));
    await new Promise<void>((resolve) => pictureServer.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(pictureServer.address() as AddressInfo).port}/can.png`;
    const env = { AML_DEIT_URLS: '127.0.0.1' };
    [byCard, byLabels] = await Promise.all([
      startServe({ model: tiny.directory, env }),
      startServe({ model: tiny.directory, env: { ...env, AML_DEIT_ANSWER: 'label_score' } }),
    ]);
    expected = (await postScore(byCard.url, cardRequest(...pictures))).json as CardRow[];
  });
  afterAll(async () => {
    await Promise.all([byCard.stop(), byLabels.stop()]);
    await new Promise((resolve) => pictureServer.close(resolve));
    await tiny.remove();
  });

  /** Batches of another size may differ in the last digits: what is equal is told by the first six. */
  const rounded = (value: unknown): unknown =>
    JSON.parse(
      JSON.stringify(value, (_key, member: unknown) =>
        typeof member === 'number' ? Number(member.toFixed(5)) : member,
      ),
    );

  it('has probabilities as its problem type says', () => {
    const sums = expected.map(({ probs }) => probs.reduce((sum, value) => sum + value, 0));
    const isSoftmax = sums.every((sum) => Math.abs(sum - 1) < 1e-5);
    expect(isSoftmax).toBe(problemType === 'single_label_classification');
    expect(expected.flatMap(({ probs }) => probs).every((value) => value > 0 && value < 1)).toBe(true);
  });

  const table = requestShapes.flatMap(([name, form]) =>
    Object.keys(answers).map((answer) => [name, answer, form] as const),
  );
  it.each(table)('%s is answered with %s when it asks for that', async (_, answer, form) => {
    const asked = { ...form(pictures), params: { answer } };
    for (const server of [byCard, byLabels]) {
      const { status, json } = await postScore(server.url, asked);
      expect([status, rounded(json)]).toEqual([200, rounded(expected.map(answers[answer]!))]);
    }
  });

  it.each(requestShapes)("%s is answered in the server's form when it asks for none", async (_, form) => {
    const card = await postScore(byCard.url, form(pictures));
    expect([card.status, rounded(card.json)]).toEqual([200, rounded(expected)]);
    const labels = await postScore(byLabels.url, form(pictures));
    expect([labels.status, rounded(labels.json)]).toEqual([
      200,
      rounded(expected.map(answers['label_score']!)),
    ]);
  });

  it.each(singleShapes)('%s is answered with one row', async (_, form) => {
    for (const [answer, make] of Object.entries(answers)) {
      const { json } = await postScore(byCard.url, { ...form(pictures[0]!), params: { answer } });
      expect(rounded(json)).toEqual(rounded([make(expected[0]!)]));
    }
  });

  it.each<[string, () => string]>([
    ['base64 in lines', () => pictures[0]!.replaceAll(/.{76}/g, '$&\r\n')],
    ['base64 with white space around', () => ` \n\t${pictures[0]!}\n`],
    ['base64 without padding', () => pictures[0]!.replace(/=+$/, '')],
    ['base64url', () => pictures[0]!.replaceAll('+', '-').replaceAll('/', '_')],
    ['a data URI', () => `data:image/png;base64,${pictures[0]!}`],
    ['a data URI of another type, with parameters', () => `data:image/x-y;name=a.png;base64,${pictures[0]!}`],
    ['a web address', () => url],
    ['a web address with white space around', () => `\n${url.toUpperCase().replace('CAN.PNG', 'can.png')} `],
  ])('takes a picture as %s', async (_, text) => {
    expect(pictures[0]).toMatch(/[+/]/);
    const { status, json } = await postScore(byCard.url, cardRequest(text()));
    expect([status, rounded(json)]).toEqual([200, rounded([expected[0]])]);
  });

  it('takes GET with a query, as the inference server does', async () => {
    const query = new URLSearchParams({ input_data: url, params: '{"top_k":2}' });
    const { status, json } = await exchange(`${byCard.url}/score?${query.toString()}`);
    expect(status).toBe(200);
    expect((json as CardRow[])[0]!.labels).toEqual(
      best(expected[0]!, 2).map((pair) => (pair as { label: string }).label),
    );
    const twice = await exchange(`${byCard.url}/score?input_data=${url}&input_data=${url}`);
    expect((twice.json as unknown[]).length).toBe(2);
    const nothing = await exchange(`${byCard.url}/score?x=1`);
    expect([nothing.status, nothing.json]).toEqual([400, { message: 'the body has no "input_data"' }]);
  });

  it.each([{ top_k: 3 }, { threshold: 0.09 }, { top_k: 1, threshold: 0 }])(
    'selects by %j',
    async (params) => {
      const { json } = await postScore(byCard.url, { ...cardRequest(pictures[0]!), params });
      const { top_k: topK = 11, threshold = 0 } = params;
      const pairs = best(expected[0]!, topK).filter((pair) => (pair as { score: number }).score >= threshold);
      expect(rounded(json)).toEqual(
        rounded([
          {
            probs: pairs.map((pair) => (pair as { score: number }).score),
            labels: pairs.map((pair) => (pair as { label: string }).label),
          },
        ]),
      );
    },
  );

  it('prepares pictures by the profile that is asked for', async () => {
    const rows = new Map<string, string>();
    for (const profile of ['checkpoint', 'card', 'deit', 'timm']) {
      const { status, json } = await postScore(byCard.url, {
        ...cardRequest(pictures[0]!),
        params: { profile },
      });
      expect(status).toBe(200);
      rows.set(profile, JSON.stringify(rounded(json)));
    }
    // The package's own preprocessing is the checkpoint's; each of the others gives other numbers.
    expect(rows.get('checkpoint')).toBe(JSON.stringify(rounded([expected[0]])));
    expect(new Set(rows.values()).size).toBe(4);
  });

  it('gives null for a picture that cannot be read, if that is asked for, and says why in the log', async () => {
    const bad = 'bm8gcGljdHVyZQ==';
    const asked = cardRequest(bad, pictures[0]!, 'http://169.254.169.254/', pictures[1]!);
    for (const [answer, make] of Object.entries(answers)) {
      const { status, json, headers } = await postScore(
        byCard.url,
        { ...asked, params: { on_error: 'null', answer } },
        { headers: { 'x-request-id': `null-${answer}` } },
      );
      expect([status, rounded(json)]).toEqual([
        200,
        rounded([null, make(expected[0]!), null, make(expected[1]!)]),
      ]);
      expect(headers['x-ms-run-function-failed']).toBe('False');
      const line = await byCard.line('request', 0, ({ requestId }) => requestId === `null-${answer}`);
      expect(line['refused']).toHaveLength(2);
      expect(line['refused']).toContainEqual(expect.stringMatching(/^picture 0: not an accepted picture/));
    }
    const none = await postScore(byCard.url, { ...cardRequest(bad), params: { on_error: 'null' } });
    expect([none.status, none.json]).toEqual([200, [null]]);
    const failed = await postScore(byCard.url, { ...asked, params: { on_error: 'fail' } });
    expect(failed.status).toBe(400);
  });
});
