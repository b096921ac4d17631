import { webcrypto, X509Certificate } from 'node:crypto';
import type * as X509Module from '@peculiar/x509';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface TwinCertificates {
  readonly caPem: string;
  readonly caFile: string;
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

const day = 24 * 60 * 60 * 1000;
const caLifetimeMs = 3650 * day;
/** Browsers and Apple's verifier refuse server certificates that live longer than 825 days. */
const leafLifetimeMs = 365 * day;
const renewBeforeMs = 30 * day;

const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

async function loadX509(): Promise<typeof X509Module> {
  // The library's container of services wants reflection metadata before it is loaded.
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[0]);
  return x509;
}

function pem(label: string, der: ArrayBuffer): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  return pem('PRIVATE KEY', await webcrypto.subtle.exportKey('pkcs8', key));
}

async function readOptional(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Written beside and renamed over, so that a crash never leaves half a key. Mode 0600 where the system has modes. */
async function writeSecret(file: string, text: string): Promise<void> {
  const temporary = `${file}.new`;
  await writeFile(temporary, text, { mode: 0o600 });
  await chmod(temporary, 0o600).catch(() => undefined);
  await rename(temporary, file);
}

function expiresAfter(certificatePem: string, time: number): boolean {
  try {
    return Date.parse(new X509Certificate(certificatePem).validTo) > time;
  } catch {
    return false;
  }
}

function serialNumber(): string {
  // The first byte stays positive: the number is signed in DER.
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = (bytes[0] ?? 0) & 0x7f;
  return Buffer.from(bytes).toString('hex');
}

/**
 * The twin's own certificate authority and its server certificate, kept in `directory`. The authority is made once;
 * the server certificate again when it is missing, about to expire, or not of this authority.
 */
export async function loadCertificates(directory: string, now: number): Promise<TwinCertificates> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const caFile = join(directory, 'ca.pem');
  const files = {
    caKey: join(directory, 'ca-key.pem'),
    leaf: join(directory, 'server.pem'),
    leafKey: join(directory, 'server-key.pem'),
  };
  const known = {
    ca: await readOptional(caFile),
    caKey: await readOptional(files.caKey),
    leaf: await readOptional(files.leaf),
    leafKey: await readOptional(files.leafKey),
  };
  const until = now + renewBeforeMs;
  const caUsable = known.ca !== undefined && known.caKey !== undefined && expiresAfter(known.ca, until);
  if (
    caUsable &&
    known.ca !== undefined &&
    known.leaf !== undefined &&
    known.leafKey !== undefined &&
    expiresAfter(known.leaf, until) &&
    new X509Certificate(known.leaf).verify(new X509Certificate(known.ca).publicKey)
  )
    return { caPem: known.ca, caFile, certificatePem: known.leaf, privateKeyPem: known.leafKey };

  const x509 = await loadX509();
  const ca =
    caUsable && known.ca !== undefined && known.caKey !== undefined
      ? { pem: known.ca, keyPem: known.caKey }
      : await createAuthority(x509, now);
  const leaf = await createLeaf(x509, ca, now);
  await writeSecret(files.caKey, ca.keyPem);
  await writeSecret(files.leafKey, leaf.keyPem);
  await writeFile(files.leaf, leaf.pem);
  await writeFile(caFile, ca.pem);
  return { caPem: ca.pem, caFile, certificatePem: leaf.pem, privateKeyPem: leaf.keyPem };
}

interface CertificateAndKey {
  readonly pem: string;
  readonly keyPem: string;
}

async function createAuthority(x509: typeof X509Module, now: number): Promise<CertificateAndKey> {
  const keys = await webcrypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: 'CN=aml-deit local twin CA',
    notBefore: new Date(now - day),
    notAfter: new Date(now + caLifetimeMs),
    signingAlgorithm: keyAlgorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { pem: `${certificate.toString('pem')}\n`, keyPem: await privateKeyPem(keys.privateKey) };
}

async function createLeaf(
  x509: typeof X509Module,
  ca: CertificateAndKey,
  now: number,
): Promise<CertificateAndKey> {
  const issuer = new x509.X509Certificate(ca.pem);
  const caKeyDer = Buffer.from(ca.keyPem.replace(/-----[^-]+-----/g, ''), 'base64');
  const signingKey = await webcrypto.subtle.importKey('pkcs8', caKeyDer, keyAlgorithm, false, ['sign']);
  const keys = await webcrypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: 'CN=aml-deit local twin',
    issuer: issuer.subject,
    notBefore: new Date(now - day),
    notAfter: new Date(Math.min(now + leafLifetimeMs, issuer.notAfter.getTime())),
    signingAlgorithm: keyAlgorithm,
    publicKey: keys.publicKey,
    signingKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        { type: 'dns', value: 'localhost' },
        // A wildcard needs two dots after the star, or OpenSSL refuses it.
        { type: 'dns', value: '*.blob.core.localhost' },
        { type: 'ip', value: '127.0.0.1' },
      ]),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
    ],
  });
  return { pem: `${certificate.toString('pem')}\n`, keyPem: await privateKeyPem(keys.privateKey) };
}
