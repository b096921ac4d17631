import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadCertificates } from '../../../src/local/lifecycle/certificates.ts';
import { parseUrlPolicy, pictureFetcher } from '../../../src/web/index.ts';

const trusted = getCACertificates('default');
let directory: string;
let caPem: string;
let server: Server;
let port: number;
let seen: (string | false | null | undefined)[];
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'aml-deit-tls-'));
  const certificates = await loadCertificates(directory, Date.now());
  caPem = certificates.caPem;
  server = createServer(
    { cert: certificates.certificatePem, key: certificates.privateKeyPem },
    (request, response) => {
      seen.push((request.socket as TLSSocket).servername, request.headers.host);
      response.setHeader('content-type', 'image/png').end('picture');
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});
beforeEach(() => {
  seen = [];
  setDefaultCACertificates([...trusted, caPem]);
});
afterAll(async () => {
  setDefaultCACertificates(trusted);
  await new Promise((resolve) => server.close(resolve));
  await rm(directory, { recursive: true, force: true });
});

const fetch = (hostname: string): Promise<Uint8Array> =>
  pictureFetcher({
    policy: parseUrlPolicy(hostname),
    resolveHost: () => Promise.resolve(['127.0.0.1']),
  }).fetch(`https://${hostname}:${port}/cat.png`);

describe('a connection that is pinned to an address', () => {
  it('carries the name in SNI and Host, and holds the certificate against it', async () => {
    expect(Buffer.from(await fetch('pictures.blob.core.localhost')).toString()).toBe('picture');
    expect(seen).toEqual(['pictures.blob.core.localhost', `pictures.blob.core.localhost:${port}`]);
  });

  it('is refused when the certificate is for other names', async () => {
    await expect(fetch('pictures.example')).rejects.toThrow(
      /cannot be fetched \(ERR_TLS_CERT_ALTNAME_INVALID\)$/,
    );
    expect(seen).toEqual([]);
  });

  it('is refused when nobody vouches for the certificate', async () => {
    setDefaultCACertificates(trusted);
    await expect(fetch('pictures.blob.core.localhost')).rejects.toThrow(/cannot be fetched \([A-Z_]+\)$/);
    expect(seen).toEqual([]);
  });
});
