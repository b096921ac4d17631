import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectAzureMl } from '../../../src/azure/connect-azure-ml.ts';
import type { AzureMl } from '../../../src/azure/index.ts';
import { readFolderContent } from '../../../src/io/index.ts';
import { failureOf } from '../../helpers/failure-of.ts';
import { startHttpsService } from '../../helpers/https-service.ts';
import type { Answer, HttpsService, RecordedRequest } from '../../helpers/https-service.ts';

let service: HttpsService;
let aml: AzureMl;
let folder: string;

beforeEach(async () => {
  service = await startHttpsService();
  aml = await connectAzureMl({ kind: 'local', twin: service.twin });
  folder = await mkdtemp(join(tmpdir(), 'aml-deit-access-'));
  await writeFile(join(folder, 'a.json'), '{}');
});
afterEach(async () => {
  aml.close();
  await service[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const refused: Answer = {
  status: 403,
  headers: { 'x-ms-error-code': 'KeyBasedAuthenticationNotPermitted', 'content-type': 'application/xml' },
  text: '<?xml version="1.0"?><Error><Code>KeyBasedAuthenticationNotPermitted</Code><Message>no keys</Message></Error>',
};

/** A blob store that takes what `allows` says, and a datastore that gives these secrets. */
function storage(
  credentialsType: string,
  secrets: Answer,
  allows: (request: RecordedRequest) => boolean,
): RecordedRequest[] {
  const taken: RecordedRequest[] = [];
  const properties = {
    datastoreType: 'AzureBlob',
    accountName: 'acct',
    containerName: 'box',
    isDefault: true,
  };
  service.on('GET', '/datastores', () => ({
    body: { value: [{ name: 'blobs', properties: { ...properties, credentials: { credentialsType } } }] },
  }));
  service.on('POST', '/listSecrets', () => secrets);
  const answer =
    (good: Answer) =>
    (request: RecordedRequest): Answer => {
      if (!allows(request)) return refused;
      taken.push(request);
      return good;
    };
  service.on('HEAD', /^\/box\//, answer({ status: 404 }));
  service.on(
    'GET',
    /^\/box$/,
    answer({
      headers: { 'content-type': 'application/xml' },
      text: '<?xml version="1.0"?><EnumerationResults><Blobs/><NextMarker/></EnumerationResults>',
    }),
  );
  service.on('PUT', /^\/box\//, (request) => {
    const status = request.url.searchParams.get('comp') === 'metadata' ? 200 : 201;
    return answer({ status, headers: { etag: '"1"' } })(request);
  });
  return taken;
}

const upload = async () => aml.uploadFolder({ name: 'deit', content: await readFolderContent(folder) });
const sas = { body: { secretsType: 'Sas', sasToken: '?sv=1&sig=abc' } };
const isSigned = (request: RecordedRequest): boolean => request.url.searchParams.get('sig') === 'abc';

describe('the way into the blob store', () => {
  it('is the SAS that the datastore gives, at the account’s own host', async () => {
    const taken = storage('AccountKey', sas, isSigned);
    expect((await upload()).reused).toBe(false);
    expect(taken.every((request) => request.headers.authorization === undefined)).toBe(true);
    expect(taken[0]?.headers.host).toBe(`acct.blob.${service.twin.storageSuffix}`);
    expect(taken.at(-1)?.headers['x-ms-meta-upload_status']).toBe('completed');
  });

  it('is a signature with the account key', async () => {
    const secrets = { body: { secretsType: 'AccountKey', key: Buffer.from('key').toString('base64') } };
    const taken = storage('AccountKey', secrets, (request) =>
      (request.headers.authorization ?? '').startsWith('SharedKey acct:'),
    );
    await upload();
    expect(taken.length).toBeGreaterThan(2);
  });

  it.each<[string, string, Answer]>([
    ['the account takes no keys', 'AccountKey', sas],
    [
      'the caller may not list secrets',
      'AccountKey',
      { status: 403, body: { error: { code: 'A', message: 'no' } } },
    ],
    ['the datastore is identity-based', 'None', { status: 500 }],
  ])('is the caller’s own token where %s', async (_why, credentialsType, secrets) => {
    const token = 'Bearer token-for-https://storage.azure.com';
    const taken = storage(credentialsType, secrets, (request) => request.headers.authorization === token);
    await upload();
    expect(taken.length).toBeGreaterThan(2);
  });

  it('is none when all are refused, and the service’s words say why', async () => {
    storage('AccountKey', sas, () => false);
    const failure = await failureOf(upload());
    expect(failure).toMatchObject({ code: 'AUTH_DENIED', exitCode: 4 });
    expect(failure.message).toContain('KeyBasedAuthenticationNotPermitted');
    expect(JSON.stringify(failure)).not.toContain('sig=abc');
  });
});
