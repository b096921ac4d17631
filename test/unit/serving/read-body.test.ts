import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createBodyBudget } from '../../../src/serving/body-budget.ts';
import type { BodyBudget } from '../../../src/serving/body-budget.ts';
import { readBody } from '../../../src/serving/read-body.ts';

function arriving(budget: BodyBudget): { readonly stream: PassThrough; readonly body: Promise<Buffer> } {
  const stream = new PassThrough();
  const body = readBody(Object.assign(stream, { headers: {} }) as unknown as IncomingMessage, {
    maxBytes: 1000,
    share: budget.open(),
    closing: new AbortController().signal,
  });
  return { stream, body };
}

describe('a body that is read', () => {
  it('is all that was sent', async () => {
    const { stream, body } = arriving(createBodyBudget(1000));
    for (const text of ['{"a"', ':', '1', '}']) stream.write(text);
    stream.end();
    expect((await body).toString()).toBe('{"a":1}');
  });

  it('is refused, and what still comes is thrown away, when it is slow and others need its memory', async () => {
    let ms = 0;
    const budget = createBodyBudget(1000, () => ms);
    const slow = arriving(budget);
    slow.stream.write(Buffer.alloc(900));
    const refused = slow.body.catch((error: unknown) => error);
    await expect.poll(() => budget.held).toBe(900);
    ms = 10_000;
    const quick = arriving(budget);
    quick.stream.end(Buffer.alloc(800));
    expect(await quick.body).toHaveLength(800);
    expect(await refused).toMatchObject({ status: 503, retryAfterSeconds: 1 });
    slow.stream.end(Buffer.alloc(500));
    await new Promise((resolve) => slow.stream.once('close', resolve));
    expect(budget.held).toBe(800);
  });
});
