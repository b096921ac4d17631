import { Agent, request } from 'node:https';
import { connect } from 'node:tls';
import { drawAt } from '../../src/local/faults/match-fault.ts';
import { routes } from '../../src/local/arm/routes.ts';
import type { Route } from '../../src/local/arm/route.ts';
import type { Twin } from '../../src/testing.ts';

/** Numbers that depend on the seed only, so that what was found can be found again. */
export class Dice {
  readonly #seed: number;
  #thrown = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  draw(): number {
    this.#thrown += 1;
    return drawAt(this.#seed, this.#thrown);
  }
  below(limit: number): number {
    return Math.floor(this.draw() * limit);
  }
  chance(probability: number): boolean {
    return this.draw() < probability;
  }
  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }
}

/** Path segments as they go over the wire: names that are good, and names that want out. */
const segments = [
  'pets',
  'pets',
  'blue',
  '1',
  'latest',
  'twin',
  'azureml',
  'workspaceblobstore',
  '..',
  '.',
  '%2e%2e',
  '..%2f..%2f..%2fetc%2fpasswd',
  '..%5c..%5cwindows',
  '%00',
  'a%00b',
  '%2e%2e%00',
  '%zz',
  '%',
  '%c3%28',
  'caf%C3%A9',
  '__proto__',
  'constructor',
  'toString',
  "x'%20OR%20'1'='1",
  'a'.repeat(33),
  'a'.repeat(256),
  'A-b_c.d',
  '-1',
  '~',
  '*',
];

const words = [
  '',
  'x',
  'local',
  'Key',
  'Managed',
  'Default',
  'Standard_DS3_v2',
  'custom_model',
  'uri_folder',
  'AmlCompute',
  'Pipeline',
  'SystemAssigned',
  'PT5S',
  'PT-1S',
  'azureml://datastores/workspaceblobstore/paths/x',
  'azureml://datastores/workspaceblobstore/paths/../../x',
  'azureml://registries/azureml/models/x/versions/1',
  '/subscriptions/x',
  '../../../x',
  'file:///etc/hostname',
  'http://127.0.0.1:1/',
  '\u0000',
  '\ud800',
  '💥',
  'x'.repeat(5000),
] as const;

/** No `command`: nothing that is drawn here may be run. */
const keys = [
  'properties',
  'properties',
  'properties',
  'location',
  'tags',
  'sku',
  'capacity',
  'name',
  'identity',
  'type',
  'authMode',
  'traffic',
  'mirrorTraffic',
  'description',
  'isArchived',
  'modelUri',
  'modelType',
  'dataUri',
  'dataType',
  'codeUri',
  'image',
  'build',
  'contextUri',
  'componentSpec',
  'inputs',
  'outputs',
  'jobs',
  'jobType',
  'computeType',
  'vmSize',
  'scaleSettings',
  'model',
  'environmentId',
  'instanceType',
  'endpointComputeType',
  'keyType',
  'keyValue',
  'tail',
  'containerType',
  'expirableSecret',
  'expireAfterHours',
  'runId',
  'values',
  'assetId',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '',
] as const;

function value(dice: Dice, depth: number): unknown {
  const kind = dice.below(depth > 4 ? 6 : 9);
  switch (kind) {
    case 0:
      return null;
    case 1:
      return dice.chance(0.5);
    case 2:
      return dice.pick([0, 1, -1, 100, 1e308, 0.5, Number.MAX_SAFE_INTEGER, -0]);
    case 3:
    case 4:
    case 5:
      return dice.pick(words);
    case 6:
      return Array.from({ length: dice.below(4) }, () => value(dice, depth + 1));
    default:
      return object(dice, depth + 1);
  }
}

function object(dice: Dice, depth: number): object {
  const members = Array.from({ length: dice.below(7) }, () => [dice.pick(keys), value(dice, depth)] as const);
  return Object.fromEntries(members);
}

/** Bodies that are good, by the end of the path that they are good for. */
const reasonable: readonly (readonly [RegExp, object])[] = [
  [
    /models\/\{name\}\/versions/,
    { properties: { modelUri: 'azureml://datastores/workspaceblobstore/paths/x' } },
  ],
  [/environments\/\{name\}\/versions/, { properties: { image: 'a:1' } }],
  [/data\/\{name\}\/versions/, { properties: { dataType: 'uri_folder', dataUri: 'https://example.com/x' } }],
  [
    /components\/\{name\}\/versions/,
    { properties: { componentSpec: { name: 'x', type: 'pipeline', inputs: { a: { type: 'string' } } } } },
  ],
  [/\{name\}$/, { properties: { description: 'x' } }],
  [/onlineEndpoints\/\{endpoint\}$/, { location: 'local', properties: { authMode: 'Key' } }],
  [/batchEndpoints\/\{endpoint\}$/, { location: 'local', properties: { authMode: 'AADToken' } }],
  [
    /computes\/\{name\}$/,
    {
      location: 'local',
      properties: {
        computeType: 'AmlCompute',
        properties: { vmSize: 'Standard_DS3_v2', scaleSettings: { minNodeCount: 0, maxNodeCount: 1 } },
      },
    },
  ],
  [/regenerateKeys$/, { keyType: 'Primary' }],
];

function body(dice: Dice, template: string): Buffer {
  const kind = dice.below(20);
  if (kind < 3) return Buffer.alloc(0);
  if (kind < 11) {
    const fitting = reasonable.filter(([pattern]) => pattern.test(template)).map(([, good]) => good);
    return Buffer.from(JSON.stringify(fitting.length === 0 ? {} : dice.pick(fitting)));
  }
  if (kind < 17) return Buffer.from(JSON.stringify(object(dice, 0)));
  switch (dice.below(8)) {
    case 0:
      return Buffer.from('['.repeat(2000) + ']'.repeat(2000));
    case 1:
      return Buffer.from(`{"properties":${'{"a":'.repeat(3000)}1${'}'.repeat(3000)}}`);
    case 2:
      return Buffer.from([0xff, 0xfe, 0x7b, 0x7d]);
    case 3:
      return Buffer.from('{"a":1');
    case 4:
      return Buffer.from('{"__proto__":{"isArchived":true},"properties":{"__proto__":{"x":1}}}');
    case 5:
      return Buffer.from('null');
    case 6:
      return Buffer.from(
        `{"tags":{${Array.from({ length: 60 }, (_, index) => `"t${index}":"x"`).join(',')}}}`,
      );
    default:
      return dice.chance(0.05) ? Buffer.alloc(4_300_000, '7b') : Buffer.from('"text"');
  }
}

const queries = [
  '$top=1',
  '$top=-1',
  '$top=0',
  '$top=1e9',
  '$skip=99999999999999999999',
  '$skip=x',
  '$orderBy=createdtime%20desc',
  '$orderBy=name;--',
  'listViewType=All',
  'listViewType=None',
  'hash=x&hashVersion=1',
  'names=a&names=b',
  'isDefault=true',
  'a=%zz',
];

const methods = ['GET', 'GET', 'PUT', 'POST', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'PROPFIND'];

interface FuzzRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

function ownSegments(twin: Twin): Readonly<Record<string, string>> {
  return {
    subscription: twin.subscriptionId,
    resourceGroup: twin.resourceGroup,
    workspace: twin.workspaceName,
    registry: 'azureml',
    location: 'local',
  };
}

function armPath(dice: Dice, twin: Twin, template: string): string {
  const own = ownSegments(twin);
  return template.replaceAll(/\{(\w+)\}/g, (_match, name: string) => {
    const known = own[name];
    return known === undefined || dice.chance(0.02) ? dice.pick(segments) : known;
  });
}

const otherPaths = [
  '/online/pets/score',
  '/online/..%2f/score',
  '/online//score',
  '/msi/token?resource=https%3A%2F%2Fmanagement.azure.com',
  '/metadata/endpoints',
  '/discovery',
  '/registrymanagement/v1.0/registries/%zz/discovery',
  '/registrymanagement/v1.0/registries/azureml/discovery',
  '/_twin/status',
  '/_twin/shutdown',
  '/_twin/faults',
  '/_twin/../_twin/registry-models',
  '/',
  '//',
  '/../../etc/passwd',
  '/subscriptions',
  '/history/v1.0/x',
  '*',
];

const creations = Object.values(routes).filter(
  ([usual, template]) => usual === 'PUT' && reasonable.some(([pattern]) => pattern.test(template)),
);

/** As a client would send it: some of what is mutated afterwards is there then. */
function creation(dice: Dice, twin: Twin): FuzzRequest {
  const [method, template] = dice.pick(creations);
  const path = template.replaceAll(
    /\{(\w+)\}/g,
    (_match, name: string) => ownSegments(twin)[name] ?? `n${dice.below(40)}`,
  );
  const fitting = reasonable.filter(([pattern]) => pattern.test(template)).map(([, good]) => good);
  return {
    method,
    path: `${path}?api-version=2024-04-01`,
    headers: { authorization: `Bearer ${twin.token()}`, 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(dice.pick(fitting))),
  };
}

export function fuzzRequest(dice: Dice, twin: Twin): FuzzRequest {
  if (dice.chance(0.05)) return creation(dice, twin);
  const kind = dice.below(20);
  const route: Route = dice.pick(Object.values(routes));
  const [usual, template] = route;
  const method = dice.chance(0.8) ? usual : dice.pick(methods);
  const headers: Record<string, string> = {};
  if (dice.chance(0.95)) headers['authorization'] = `Bearer ${twin.token()}`;
  else if (dice.chance(0.5))
    headers['authorization'] = dice.pick(['Bearer', 'Bearer x.y.z', 'Basic eDp4', '%']);
  if (dice.chance(0.95)) headers['content-type'] = 'application/json';
  else headers['content-type'] = dice.pick(['text/plain', 'application/json; charset=utf-16', ';', 'a/b/c']);
  if (dice.chance(0.05))
    headers['x-ms-correlation-request-id'] = dice.pick(['x'.repeat(500), '<script>', 'a']);
  if (dice.chance(0.03)) headers['host'] = dice.pick(['localhost', 'x', '[::1]', 'evil.example:1']);
  const sent = body(dice, template);
  if (kind === 0) {
    headers['host'] = `${dice.pick([twin.descriptor.tenantId.slice(0, 8), 'amldeit0'])}.blob.core.localhost`;
    headers['authorization'] = `Bearer ${twin.token('https://storage.azure.com')}`;
    const parts = Array.from({ length: dice.below(5) }, () => dice.pick(segments));
    return { method, path: `/${parts.join('/')}`, headers, body: sent };
  }
  if (kind === 1) return { method, path: dice.pick(otherPaths), headers, body: sent };
  let path = armPath(dice, twin, template);
  if (dice.chance(0.03)) path += `/${dice.pick(segments)}`;
  if (dice.chance(0.02)) path = path.replaceAll('/', '//');
  const version = dice.chance(0.95) ? '2024-04-01' : dice.pick(['', '1', '2099-01-01', '%00']);
  const query = [`api-version=${version}`, ...(dice.chance(0.2) ? [dice.pick(queries)] : [])];
  return { method, path: `${path}?${query.join('&')}`, headers, body: sent };
}

function send(twin: Twin, agent: Agent, sent: FuzzRequest): Promise<number | undefined> {
  return new Promise((resolve) => {
    const outgoing = request(
      {
        host: '127.0.0.1',
        port: twin.descriptor.port,
        ca: twin.caPem,
        servername: 'localhost',
        agent,
        method: sent.method,
        path: sent.path,
        headers: { ...sent.headers, 'content-length': String(sent.body.length) },
      },
      (response) => {
        response.on('error', () => resolve(undefined));
        response.on('end', () => resolve(response.statusCode));
        response.resume();
      },
    );
    outgoing.on('error', () => resolve(undefined));
    outgoing.end(sent.body);
  });
}

/** Bytes that are no request, and requests that end in their middle. */
function sendRaw(twin: Twin, dice: Dice): Promise<void> {
  const text = dice.pick([
    'GET\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    'PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc',
    'PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: -5\r\n\r\n',
    'PUT / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
    `GET /${'a'.repeat(40_000)} HTTP/1.1\r\nhost: x\r\n\r\n`,
    'GET http://evil.example/ HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
    'GET / HTTP/1.1\r\nhost: a.blob.core.localhost\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n',
    'CONNECT evil.example:443 HTTP/1.1\r\nhost: evil.example\r\n\r\n',
    '\u0000\u0001\u0002',
  ]);
  return new Promise((resolve) => {
    const socket = connect(
      { host: '127.0.0.1', port: twin.descriptor.port, ca: twin.caPem, servername: 'localhost' },
      () => {
        socket.write(text);
        setTimeout(() => socket.destroy(), 20);
      },
    );
    socket.on('error', () => resolve());
    socket.on('close', () => resolve());
    socket.resume();
  });
}

export interface FuzzResult {
  readonly requests: number;
  /** Answers by status; `none` for a connection that ended without one. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Server errors of the twin itself: any 5xx but 501, blobs and scoring left out, which are other programs' answers. */
  readonly failures: readonly { readonly request: string; readonly status: number }[];
}

/** So many requests, drawn from a seed, at a twin; some at once. */
export async function fuzzTwin(
  twin: Twin,
  options: { readonly requests: number; readonly seed: number; readonly parallel?: number },
): Promise<FuzzResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: options.parallel ?? 8 });
  const dice = new Dice(options.seed);
  const statuses: Record<string, number> = {};
  const failures: { request: string; status: number }[] = [];
  let left = options.requests;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      if (dice.chance(0.01)) {
        await sendRaw(twin, dice);
        continue;
      }
      const sent = fuzzRequest(dice, twin);
      const status = await send(twin, agent, sent);
      statuses[status ?? 'none'] = (statuses[status ?? 'none'] ?? 0) + 1;
      const foreign = sent.headers['host']?.includes('.blob.') === true || sent.path.startsWith('/online/');
      if (status !== undefined && status >= 500 && status !== 501 && !foreign)
        failures.push({
          request: `${sent.method} ${sent.path} ${sent.body.toString('utf8').slice(0, 500)}`,
          status,
        });
    }
  };
  await Promise.all(Array.from({ length: options.parallel ?? 8 }, worker));
  agent.destroy();
  return { requests: options.requests, statuses, failures };
}
