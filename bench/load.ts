import { Agent, request } from 'node:http';
import { quantile } from './machine.ts';

/** What became of the requests of one load. */
export interface LoadResult {
  /** Answered 200, a second. */
  readonly rate: number;
  /** Of those, in milliseconds, from when the request was due. */
  readonly latencies: readonly number[];
  /** Other answers by status; 0 is a connection that broke. */
  readonly refused: Readonly<Record<number, number>>;
  readonly sent: number;
}

export interface Target {
  readonly port: number;
  readonly path?: string;
}

interface Answer {
  readonly status: number;
  readonly ms: number;
}

function send(agent: Agent, { port, path = '/score' }: Target, body: Buffer, dueAt: number): Promise<Answer> {
  return new Promise((resolve) => {
    const done = (status: number): void => resolve({ status, ms: performance.now() - dueAt });
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    request({ agent, host: '127.0.0.1', port, path, method: 'POST', headers }, (response) => {
      response.on('error', () => done(0));
      response.on('end', () => done(response.statusCode ?? 0)).resume();
    })
      .on('error', () => done(0))
      .end(body);
  });
}

function collect(answers: readonly Answer[], seconds: number): LoadResult {
  const refused: Record<number, number> = {};
  for (const { status } of answers) if (status !== 200) refused[status] = (refused[status] ?? 0) + 1;
  const latencies = answers.filter(({ status }) => status === 200).map(({ ms }) => ms);
  return { rate: latencies.length / seconds, latencies, refused, sent: answers.length };
}

/**
 * Each connection sends its next request when it has its answer. What is answered before the loop is full, or after its
 * time, is left out.
 */
export async function closedLoop(
  target: Target,
  bodies: readonly Buffer[],
  connections: number,
  seconds: number,
): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const answers: Answer[] = [];
  let next = 0;
  let warm = 0;
  let begin = Infinity;
  const isOver = (): boolean => performance.now() - begin > seconds * 1000;
  let measured = 0;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (!isOver()) {
        const body = bodies[next++ % bodies.length] ?? Buffer.alloc(0);
        const answer = await send(agent, target, body, performance.now());
        if (begin === Infinity) {
          warm += 1;
          if (warm >= connections) begin = performance.now();
        } else if (!isOver()) {
          answers.push(answer);
          measured = performance.now() - begin;
        }
      }
    }),
  );
  agent.destroy();
  return collect(answers, Math.max(measured, 1) / 1000);
}

/** Requests come at this rate, whatever becomes of those before: evenly, or as a Poisson process (from a seed). */
export async function openLoop(
  target: Target,
  bodies: readonly Buffer[],
  perSecond: number,
  seconds: number,
  arrivals: 'even' | 'poisson',
): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
  let state = 12_345;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 1) / (2 ** 32 + 1);
  };
  const pending: Promise<Answer>[] = [];
  const begin = performance.now();
  let dueAt = begin;
  for (let index = 0; dueAt - begin < seconds * 1000; index += 1) {
    const wait = dueAt - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    pending.push(send(agent, target, bodies[index % bodies.length] ?? Buffer.alloc(0), dueAt));
    dueAt += (1000 / perSecond) * (arrivals === 'even' ? 1 : -Math.log(random()));
  }
  const answers = await Promise.all(pending);
  const elapsed = (performance.now() - begin) / 1000;
  agent.destroy();
  return collect(answers, elapsed);
}

/** `p50 12 p95 30 p99 41 ms` */
export function percentiles({ latencies }: Pick<LoadResult, 'latencies'>): string {
  if (latencies.length === 0) return 'no answer';
  const at = (q: number): string => quantile(latencies, q).toFixed(0);
  return `p50 ${at(0.5)} p95 ${at(0.95)} p99 ${at(0.99)} ms`;
}
