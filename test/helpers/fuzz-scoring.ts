import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { mutatePicture, seedPictures } from './fuzz-pictures.ts';
import { Dice } from './fuzz-twin.ts';
import { requestShapes, singleShapes } from './score-requests.ts';

const parameters = [
  null,
  {},
  { top_k: 1 },
  { top_k: 1e308 },
  { top_k: -1 },
  { threshold: 0.5 },
  { threshold: 'x' },
  { profile: 'timm' },
  { profile: '__proto__' },
  { on_error: 'null' },
  { on_error: 'null', answer: 'label_score' },
  { answer: 'label_score_list', top_k: 3 },
  { answer: 7 },
  { constructor: {} },
  [],
  'x',
] as const;

/** Texts that mean no picture; web addresses are the server's own machine and never connected to. */
const texts = [
  '',
  ' ',
  'x',
  '====',
  'AAAA',
  'http://127.0.0.1:1/',
  'http://[::1]/',
  'http://169.254.169.254/latest',
  'https://user@127.0.0.1/',
  'http://',
  'HTTP://0x7f.1/',
  'file:///etc/passwd',
  'data:,x',
  'data:image/png;base64,',
  'data:;base64,AAAA',
  `data:${'a'.repeat(2000)}`,
  '\u0000',
  '\ud800',
  '💥',
  '../../etc/passwd',
  'a'.repeat(10_000),
] as const;

const odd = [null, true, 0, -1, 1e308, [], [[]], {}, [null], { image: null }, [['a', 'b']], '', 'x'] as const;

export interface FuzzedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

function pictureText(dice: Dice, seeds: readonly Buffer[]): string {
  if (dice.chance(0.1)) return dice.pick(texts);
  const bytes = dice.chance(0.1) ? dice.pick(seeds) : mutatePicture(dice, seeds);
  const text = bytes.toString(dice.chance(0.9) ? 'base64' : 'base64url');
  if (dice.chance(0.05)) return `data:image/png;base64,${text}`;
  return dice.chance(0.05) ? text.replaceAll(/.{7}/g, '$& \n') : text;
}

function bodyOf(dice: Dice, seeds: readonly Buffer[]): Buffer {
  const kind = dice.below(20);
  if (kind === 0) return Buffer.from(JSON.stringify(dice.pick(odd)));
  if (kind === 1)
    return Buffer.from(JSON.stringify({ input_data: dice.pick(odd), params: dice.pick(parameters) }));
  if (kind === 2) {
    const member = dice.pick(['inputs', 'dataframe_split', 'dataframe_records', 'instances', 'params']);
    return Buffer.from(JSON.stringify({ [member]: dice.pick(odd) }));
  }
  const [, form] = dice.pick(requestShapes);
  const [, single] = dice.pick(singleShapes);
  const pictures = Array.from({ length: 1 + dice.below(3) }, () => pictureText(dice, seeds));
  const shape = dice.chance(0.8) ? form(pictures) : single(pictures[0] ?? '');
  const params = dice.chance(0.5) ? undefined : dice.pick(parameters);
  const body = Buffer.from(JSON.stringify({ ...shape, ...(params === undefined ? {} : { params }) }));
  if (kind > 5) return body;
  // The text itself is damaged: bytes, a cut, a repetition.
  const at = dice.below(body.length);
  if (kind === 3) body[at] = dice.below(256);
  if (kind === 4) return body.subarray(0, at);
  return kind === 5 ? Buffer.concat([body.subarray(0, at), body.subarray(dice.below(at + 1))]) : body;
}

const paths = ['/', '/ready', '/metrics', '/swagger.json', '/swagger.json?version=3', '/score?input_data=x'];
const otherPaths = [
  '/score/',
  '//score',
  '/%zz',
  '/score?%',
  '/../etc/passwd',
  '/score?params={"top_k":0}',
  '*',
];

export function fuzzedRequest(dice: Dice, seeds: readonly Buffer[]): FuzzedRequest {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (dice.chance(0.03))
    headers['content-type'] = dice.pick(['text/plain', ';', 'a/b', 'application/json; charset=x']);
  if (dice.chance(0.03)) headers['content-encoding'] = dice.pick(['gzip', 'br', 'identity', 'x']);
  if (dice.chance(0.05)) headers['x-request-id'] = dice.pick(['a', 'x'.repeat(101), '<script>', '""']);
  if (dice.chance(0.03)) headers['traceid'] = 'x'.repeat(dice.below(200));
  if (dice.chance(0.03)) headers['origin'] = 'https://evil.example';
  if (dice.chance(0.03)) headers['expect'] = '100-continue';
  const kind = dice.below(20);
  if (kind === 0) return { method: 'GET', path: dice.pick(paths), headers, body: Buffer.alloc(0) };
  const method = kind === 1 ? dice.pick(['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'PROPFIND']) : 'POST';
  const path = kind === 2 ? dice.pick(otherPaths) : '/score';
  return { method, path, headers, body: bodyOf(dice, seeds) };
}

function send(port: number, agent: Agent, sent: FuzzedRequest): Promise<number | undefined> {
  return new Promise((resolve) => {
    const outgoing = request(
      {
        host: '127.0.0.1',
        port,
        agent,
        method: sent.method,
        path: sent.path,
        headers: { ...sent.headers, 'content-length': String(sent.body.length) },
      },
      (response) => {
        response.once('error', () => resolve(undefined));
        response.once('end', () => resolve(response.statusCode));
        response.resume();
      },
    );
    outgoing.once('error', () => resolve(undefined));
    outgoing.end(sent.body);
  });
}

/** Bytes that are no request, and requests that end in their middle. */
function sendRaw(port: number, dice: Dice, body: Buffer): Promise<void> {
  const head = `POST /score HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n`;
  const text = dice.pick([
    'GET\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    `${head}content-length: ${body.length + 50}\r\n\r\n${body.toString('latin1').slice(0, 5000)}`,
    `${head}content-length: -5\r\n\r\n`,
    `${head}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n5\r\n`,
    `${head}transfer-encoding: chunked\r\n\r\nzz\r\n`,
    `${head}transfer-encoding: chunked\r\n\r\n5\r\n{"inp\r\n0\r\n`,
    `GET / HTTP/1.1\r\nhost: x\r\nx-large: ${'a'.repeat(40_000)}\r\n\r\n`,
    `GET /${'a'.repeat(40_000)} HTTP/1.1\r\nhost: x\r\n\r\n`,
    'GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n',
    'CONNECT evil.example:443 HTTP/1.1\r\nhost: evil.example\r\n\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    '\u0016\u0003\u0001\u0000\u00ff',
  ]);
  const halfClose = dice.chance(0.5);
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true }, () => {
      if (halfClose) socket.end(text, 'latin1');
      else socket.write(text, 'latin1');
      setTimeout(() => socket.destroy(), 20);
    });
    socket.once('error', () => resolve());
    socket.once('close', () => resolve());
    socket.resume();
  });
}

export interface FuzzScoringResult {
  readonly requests: number;
  /** Answers by status; `none` for a connection that ended without one. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Answers of 500 and above, but 503 for a server that is busy; and connections that ended without an answer. */
  readonly failures: readonly { readonly request: string; readonly status: number | undefined }[];
}

/** So many requests, drawn from a seed, at a scoring server; some at once. */
export async function fuzzScoring(options: {
  readonly port: number;
  readonly requests: number;
  readonly seed: number;
  readonly parallel?: number;
}): Promise<FuzzScoringResult> {
  const { port, requests, parallel = 8 } = options;
  const seeds = await seedPictures();
  const dice = new Dice(options.seed);
  const agent = new Agent({ keepAlive: true, maxSockets: parallel });
  const statuses: Record<string, number> = {};
  const failures: { request: string; status: number | undefined }[] = [];
  let left = requests;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const sent = fuzzedRequest(dice, seeds);
      if (dice.chance(0.01)) {
        await sendRaw(port, dice, sent.body);
        continue;
      }
      let status = await send(port, agent, sent);
      // A kept connection may be closed by the server just when the next request goes out on it.
      if (status === undefined) status = await send(port, new Agent(), sent);
      statuses[status ?? 'none'] = (statuses[status ?? 'none'] ?? 0) + 1;
      if (status === undefined || (status >= 500 && status !== 503)) {
        const { method, path, body } = sent;
        failures.push({ request: `${method} ${path} ${body.toString('latin1').slice(0, 2000)}`, status });
      }
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  agent.destroy();
  return { requests, statuses, failures };
}
