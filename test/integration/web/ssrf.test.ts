import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseUrlPolicy, pictureFetcher } from '../../../src/web/index.ts';

/** Every connection that this process begins, whoever begins it: the real ones go on. */
let connections: unknown[] = [];
beforeEach(() => {
  connections = [];
  // oxlint-disable-next-line typescript/unbound-method -- it is called on the socket below
  const connect = Socket.prototype.connect as (this: Socket, ...parameters: unknown[]) => Socket;
  vi.spyOn(Socket.prototype, 'connect').mockImplementation(function (this: Socket, ...parameters: unknown[]) {
    connections.push(parameters[0]);
    return connect.apply(this, parameters);
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** A name server's answers, one after the other; the last is repeated. */
function answers(...rounds: readonly (readonly string[])[]): {
  readonly asked: string[];
  readonly resolveHost: (hostname: string) => Promise<readonly string[]>;
} {
  const asked: string[] = [];
  return {
    asked,
    resolveHost: (hostname) => {
      asked.push(hostname);
      return Promise.resolve(rounds[Math.min(asked.length, rounds.length) - 1] ?? []);
    },
  };
}

/** Addresses that are written in a URL themselves, as URLs may write them. */
const literal = [
  'http://127.0.0.1/',
  'http://127.1/',
  'http://127.0.1/',
  'http://127.255.255.254/',
  'http://2130706433/',
  'http://0x7f000001/',
  'http://0x7f.0.0.1/',
  'http://017700000001/',
  'http://0177.0.0.01/',
  'http://127.0.0.1./',
  'http://①②⑦.⓪.⓪.①/',
  'http://127。0。0。1/',
  'http://%31%32%37.0.0.1/',
  'HTTP:\\\\127.0.0.1\\x',
  'http:127.0.0.1/',
  'http://127.0.0.1\t/',
  'http://0/',
  'http://0.0.0.0/',
  'http://0.1.2.3/',
  'http://10.0.0.1/',
  'http://10.255.255.255:8080/',
  'http://100.64.0.1/',
  'http://100.100.100.200/latest/meta-data/',
  'http://168.63.129.16/machine?comp=goalstate',
  'http://169.254.169.254/metadata/instance?api-version=2021-02-01',
  'http://169.254.170.2/v2/credentials',
  'http://0xa9fea9fe/',
  'http://2852039166/',
  'http://0251.0376.0251.0376/',
  'http://172.16.0.1/',
  'http://172.31.255.255/',
  'http://192.0.0.192/opc/v2/',
  'http://192.0.2.1/',
  'http://192.88.99.1/',
  'http://192.168.1.1/',
  'http://198.18.0.1/',
  'http://198.51.100.7/',
  'http://203.0.113.7/',
  'http://224.0.0.1/',
  'http://239.255.255.250/',
  'http://240.0.0.1/',
  'http://255.255.255.255/',
  'http://[::]/',
  'http://[::1]/',
  'http://[0:0:0:0:0:0:0:1]/',
  'http://[::127.0.0.1]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[::ffff:7f00:1]/',
  'http://[::ffff:169.254.169.254]/',
  'http://[::ffff:8.8.8.8]/',
  'http://[::ffff:0:127.0.0.1]/',
  'http://[64:ff9b::127.0.0.1]/',
  'http://[64:ff9b::a9fe:a9fe]/',
  'http://[64:ff9b:1::10.0.0.1]/',
  'http://[100::1]/',
  'http://[2001:0:7f00:1::]/',
  'http://[2001:10::1]/',
  'http://[2001:db8::1]/',
  'http://[2002:7f00:1::]/',
  'http://[2002:a9fe:a9fe::1]/',
  'http://[2a00:1450::5efe:127.0.0.1]/',
  'http://[2a00:1450::200:5efe:a00:1]/',
  'http://[3fff::1]/',
  'http://[4000::1]/',
  'http://[fc00::1]/',
  'http://[fd00:ec2::254]/latest/meta-data/',
  'http://[fd20:ce::254]/',
  'http://[fe80::1]/',
  'http://[fe80::a9fe:a9fe]/',
  'http://[fec0::1]/',
  'http://[ff02::1]/',
  'https://127.0.0.1/',
  'https://[::1]:8443/',
] as const;

/** What is wrong with the address itself. */
const forms = [
  'ftp://example.com/cat.jpg',
  'file:///etc/passwd',
  'gopher://example.com/',
  'data:image/png;base64,AAAA',
  'javascript:alert(1)',
  'http://user@example.com/',
  'http://user:password@example.com/',
  'http://127.0.0.1@example.com/',
  'http://example.com:22/',
  'http://example.com:25/',
  'https://example.com:445/',
  'http://example.com:0/',
  'http://example.com:99999/',
  'http://[fe80::1%25eth0]/',
  'http://[::1',
  'http://exa mple.com/',
  'http://',
  `http://example.com/${'a'.repeat(2048)}`,
] as const;

/** Names, and what name servers say of them. */
const names: readonly (readonly [string, readonly string[]])[] = [
  ['http://localhost/', ['127.0.0.1']],
  ['http://localhost./', ['127.0.0.1']],
  ['http://LOCALHOST:8080/', ['::1']],
  ['http://metadata.google.internal/', ['169.254.169.254']],
  ['http://metadata/', ['169.254.169.254']],
  ['http://kubernetes.default.svc/', ['10.0.0.1']],
  ['http://127.0.0.1.nip.example/', ['127.0.0.1']],
  ['http://mixed.example/', ['93.184.215.14', '127.0.0.1']],
  ['http://mixed6.example/', ['93.184.215.14', '::1']],
  ['http://last.example/', ['93.184.215.14', '2606:4700:4700::1111', 'fd00::1']],
  ['http://mapped.example/', ['::ffff:127.0.0.1']],
  ['http://nat64.example/', ['64:ff9b::7f00:1']],
  ['http://zone.example/', ['fe80::1%eth0']],
  ['http://odd.example/', ['127.1']],
  ['http://nothing.example/', []],
  ['https://wire.example/', ['168.63.129.16']],
];

describe('a web address that leads inside', () => {
  it('is tried in more than sixty ways', () => {
    expect(new Set(literal).size + new Set(forms).size + names.length).toBeGreaterThan(60);
  });

  it.each(literal)('is refused before a connection: %s', async (url) => {
    const { asked, resolveHost } = answers(['93.184.215.14']);
    await expect(
      pictureFetcher({ policy: parseUrlPolicy('public'), resolveHost }).fetch(url),
    ).rejects.toThrow(
      expect.objectContaining({
        code: 'URL_REFUSED',
        message: expect.stringMatching(/has no address that pictures may be fetched from$/) as string,
      }) as Error,
    );
    expect([asked, connections]).toEqual([[], []]);
  });

  it.each(forms)('is refused before its name is resolved: %s', async (url) => {
    const { asked, resolveHost } = answers(['93.184.215.14']);
    await expect(
      pictureFetcher({ policy: parseUrlPolicy('public'), resolveHost }).fetch(url),
    ).rejects.toThrow(expect.objectContaining({ code: 'URL_REFUSED' }) as Error);
    expect([asked, connections]).toEqual([[], []]);
  });

  it.each(names)('is refused when its name leads there: %s is %j', async (url, found) => {
    const { asked, resolveHost } = answers(found);
    await expect(pictureFetcher({ policy: parseUrlPolicy(''), resolveHost }).fetch(url)).rejects.toThrow(
      expect.objectContaining({ code: 'URL_REFUSED' }) as Error,
    );
    expect(asked).toHaveLength(1);
    expect(connections).toEqual([]);
  });

  it('says the same of an unknown name and an internal one', async () => {
    const said = async (resolveHost: () => Promise<readonly string[]>): Promise<string> =>
      pictureFetcher({ policy: parseUrlPolicy('public'), resolveHost })
        .fetch('http://secret.example/')
        .then(
          () => '',
          (error: unknown) => (error as Error).message,
        );
    const unknown = await said(() => Promise.reject(new Error('ENOTFOUND')));
    expect(unknown).toBe('secret.example has no address that pictures may be fetched from');
    expect(await said(() => Promise.resolve(['10.0.0.1']))).toBe(unknown);
  });

  it.each(['http://127.0.0.1/', 'http://example.com/', 'https://[2606:4700:4700::1111]/'])(
    'is refused with all others when they are switched off: %s',
    async (url) => {
      const { asked, resolveHost } = answers(['93.184.215.14']);
      const fetcher = pictureFetcher({ policy: parseUrlPolicy('off'), resolveHost });
      await expect(fetcher.fetch(url)).rejects.toThrow(/web addresses are not fetched here/);
      expect([asked, connections]).toEqual([[], []]);
    },
  );

  it.each([
    ['a host that is not named', 'http://other.example/', ['93.184.215.14']],
    ['a port that is not named', 'http://host.example:81/', ['93.184.215.14']],
    ['the metadata service behind a name that is', 'http://host.example/', ['169.254.169.254']],
    ["Azure's platform address behind a name that is", 'http://host.example/', ['168.63.129.16']],
    ['a mapped address behind a name that is', 'http://host.example/', ['::ffff:127.0.0.1']],
    ['the metadata service, named itself', 'http://169.254.169.254/', []],
  ])('is refused with hosts named: %s', async (_, url, found) => {
    const policy = parseUrlPolicy('host.example:80,169.254.169.254');
    const { resolveHost } = answers(found);
    await expect(pictureFetcher({ policy, resolveHost }).fetch(url)).rejects.toThrow(
      expect.objectContaining({ code: 'URL_REFUSED' }) as Error,
    );
    expect(connections).toEqual([]);
  });
});

describe('a name that changes its address', () => {
  let server: Server;
  let port: number;
  let seen: (string | undefined)[];
  const redirectsTo = new Map<string, string>();
  beforeAll(async () => {
    server = createServer((request, response) => {
      seen.push(`${request.headers.host}${request.url}`);
      const location = redirectsTo.get(request.url ?? '');
      if (location === undefined) response.setHeader('content-type', 'image/png').end('picture');
      else response.writeHead(302, { location }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
  });
  beforeEach(() => {
    seen = [];
    redirectsTo.clear();
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it('is resolved once: the connection goes to what was checked, with its name', async () => {
    const { asked, resolveHost } = answers(['127.0.0.1'], ['169.254.169.254']);
    const fetcher = pictureFetcher({ policy: parseUrlPolicy('rebinding.example'), resolveHost });
    const bytes = await fetcher.fetch(`http://rebinding.example:${port}/cat.png?size=1`);
    expect(Buffer.from(bytes).toString()).toBe('picture');
    expect(asked).toEqual(['rebinding.example']);
    expect(connections).toHaveLength(1);
    expect(seen).toEqual([`rebinding.example:${port}/cat.png?size=1`]);
    // The next picture asks again: nothing is kept that was not checked anew.
    await expect(fetcher.fetch(`http://rebinding.example:${port}/`)).rejects.toThrow(/has no address/);
    expect(connections).toHaveLength(1);
  });

  it('between a redirect and its target is checked again', async () => {
    redirectsTo.set('/a', '/b');
    const { asked, resolveHost } = answers(['127.0.0.1'], ['169.254.169.254']);
    const fetcher = pictureFetcher({ policy: parseUrlPolicy('rebinding.example'), resolveHost });
    await expect(fetcher.fetch(`http://rebinding.example:${port}/a`)).rejects.toThrow(
      expect.objectContaining({ code: 'URL_REFUSED' }) as Error,
    );
    expect(asked).toHaveLength(2);
    expect(connections).toHaveLength(1);
    expect(seen).toEqual([`rebinding.example:${port}/a`]);
  });

  it.each([
    ['http://169.254.169.254/metadata', 'URL_REFUSED'],
    ['http://127.0.0.1:1/', 'URL_REFUSED'],
    ['http://[::ffff:127.0.0.1]/', 'URL_REFUSED'],
    ['//127.0.0.1:1/', 'URL_REFUSED'],
    ['ftp://first.example/', 'URL_REFUSED'],
    ['file:///etc/passwd', 'URL_REFUSED'],
    ['http://user@first.example/', 'URL_REFUSED'],
    ['http://inside.example/', 'URL_REFUSED'],
    ['http://', 'URL_REFUSED'],
  ])('is not followed to %s', async (location, code) => {
    redirectsTo.set('/', location);
    const resolveHost = (hostname: string): Promise<readonly string[]> =>
      Promise.resolve([hostname === 'first.example' ? '127.0.0.1' : '10.0.0.1']);
    const fetcher = pictureFetcher({ policy: parseUrlPolicy('first.example,public'), resolveHost });
    await expect(fetcher.fetch(`http://first.example:${port}/`)).rejects.toThrow(
      expect.objectContaining({ code }) as Error,
    );
    expect(connections).toHaveLength(1);
  });
});
