import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadCertificates } from '../../../src/local/lifecycle/certificates.ts';

const day = 24 * 60 * 60 * 1000;

describe("the twin's certificates", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'aml-deit-ca-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('are an authority and a server certificate for the loopback names', async () => {
    const made = await loadCertificates(directory, Date.now());
    const ca = new X509Certificate(made.caPem);
    const server = new X509Certificate(made.certificatePem);
    expect(ca.ca).toBe(true);
    expect(server.ca).toBe(false);
    expect(server.verify(ca.publicKey)).toBe(true);
    expect(server.checkHost('localhost')).toBe('localhost');
    expect(server.checkHost('acct.blob.core.localhost')).toBe('*.blob.core.localhost');
    expect(server.checkHost('example.com')).toBeUndefined();
    expect(server.checkIP('127.0.0.1')).toBe('127.0.0.1');
  });

  it.skipIf(process.platform === 'win32')('keep their keys to the owner', async () => {
    await loadCertificates(directory, Date.now());
    const modes = ['ca-key.pem', 'server-key.pem'].map(
      (name) => statSync(join(directory, name)).mode & 0o777,
    );
    expect(modes).toEqual([0o600, 0o600]);
  });

  it('stay the same, until the server certificate is about to end', async () => {
    const now = Date.now();
    const first = await loadCertificates(directory, now);
    expect(await loadCertificates(directory, now + 300 * day)).toEqual(first);
    const renewed = await loadCertificates(directory, now + 340 * day);
    expect(renewed.caPem).toBe(first.caPem);
    expect(renewed.certificatePem).not.toBe(first.certificatePem);
  });

  it('are made anew when a file is damaged', async () => {
    const first = await loadCertificates(directory, Date.now());
    writeFileSync(join(directory, 'server.pem'), 'damaged');
    const second = await loadCertificates(directory, Date.now());
    expect(second.caPem).toBe(first.caPem);
    expect(readFileSync(join(directory, 'server.pem'), 'utf8')).toBe(second.certificatePem);
  });
});
