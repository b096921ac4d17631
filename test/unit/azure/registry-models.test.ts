import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectAzureMl } from '../../../src/azure/connect-azure-ml.ts';
import type { AzureMl } from '../../../src/azure/index.ts';
import { failureOf } from '../../helpers/failure-of.ts';
import { startHttpsService } from '../../helpers/https-service.ts';
import type { Answer, HttpsService } from '../../helpers/https-service.ts';

const uri = 'azureml://registries/contoso/models/deit/versions/15';
const latest = 'azureml://registries/contoso/models/deit/labels/latest';
const content = 'MLmodel of a registry';
const models = '/registries/contoso/models/deit/versions';

let service: HttpsService;
let aml: AzureMl;
let root: string;
let signatures: number;

beforeEach(async () => {
  service = await startHttpsService();
  aml = await connectAzureMl({ kind: 'local', twin: service.twin });
  root = await mkdtemp(join(tmpdir(), 'aml-deit-registry-'));
  signatures = 0;
  const storage = `https://acct.blob.${service.twin.storageSuffix}/box`;
  const discovery = { discoveryUrl: `${service.endpoint}/discovery` };
  service.on('GET', /\/workspaces\/w$/, () => ({ body: { properties: discovery } }));
  service.on('GET', '/discovery', () => ({ body: { api: service.endpoint } }));
  service.on('GET', '/registries/contoso/discovery', () => ({
    body: {
      subscriptionId: 's2',
      resourceGroup: 'g2',
      primaryRegionResourceProviderUri: `${service.endpoint}/`,
    },
  }));
  const version = { name: '15', properties: { modelUri: `${storage}/deit/v%2015` } };
  service.on('GET', `${models}/15`, () => ({ body: version }));
  service.on('GET', models, () => ({ body: { value: [version] } }));
  service.on('POST', '/registries/contoso/datarefs/deit/versions/15', () => {
    signatures += 1;
    const credential = { credentialType: 'SAS', sasUri: `${storage}?sv=1&sig=n${signatures}` };
    return { body: { blobReferenceForConsumption: { blobUri: storage, credential } } };
  });
  service.on('GET', /^\/box$/, () => ({ headers: { 'content-type': 'application/xml' }, text: listing() }));
  service.on('GET', /^\/box\//, () => blob);
});
afterEach(async () => {
  aml.close();
  await service[Symbol.asyncDispose]();
  await rm(root, { recursive: true });
});

const listing = (): string =>
  `<?xml version="1.0"?><EnumerationResults><Blobs><Blob><Name>deit/v 15/MLmodel</Name><Properties><Content-Length>${content.length}</Content-Length><Etag>"1"</Etag><Content-MD5>${createHash('md5').update(content).digest('base64')}</Content-MD5></Properties></Blob></Blobs><NextMarker/></EnumerationResults>`;
const blob: Answer = {
  status: 206,
  headers: {
    'content-type': 'application/octet-stream',
    'content-length': String(content.length),
    'content-range': `bytes 0-${content.length - 1}/${content.length}`,
    etag: '"1"',
  },
  text: content,
};
const expired: Answer = {
  status: 403,
  headers: { 'x-ms-error-code': 'AuthenticationFailed', 'content-type': 'application/xml' },
  text: '<?xml version="1.0"?><Error><Code>AuthenticationFailed</Code><Message>Signature not valid in the specified time frame</Message></Error>',
};

describe("a registry's model", () => {
  it('is fetched by the signature of the registry, and nothing of the caller goes to the storage', async () => {
    expect(await aml.registryModels.get(latest)).toMatchObject({ uri, version: '15' });
    const { directory, files } = await aml.downloadFolder(uri, join(root, 'model'));
    expect(files).toEqual([{ path: 'MLmodel', bytes: content.length }]);
    expect(await readFile(join(directory, 'MLmodel'), 'utf8')).toBe(content);
    const asked = service.requests.filter(({ path }) => path.startsWith('/box'));
    expect(asked).toHaveLength(2);
    expect(asked.every(({ headers }) => headers.authorization === undefined)).toBe(true);
    const dataReference = service.requests.find(({ method }) => method === 'POST');
    expect(JSON.parse(dataReference?.body ?? '')).toMatchObject({ assetId: uri });
    expect(dataReference?.path).toContain('/subscriptions/s2/resourceGroups/g2/');
    // The same again: compared with the hash of the store, not fetched.
    expect(await aml.downloadFolder(uri, join(root, 'model'))).toMatchObject({ reused: true });
  });

  it('is asked for another signature when one expires midway', async () => {
    service.on('GET', /^\/box\//, ({ url }) => (url.searchParams.get('sig') === 'n1' ? expired : blob));
    const { directory } = await aml.downloadFolder(uri, join(root, 'model'));
    expect(await readFile(join(directory, 'MLmodel'), 'utf8')).toBe(content);
    expect(signatures).toBe(2);
  });

  it('whose signatures are refused is not asked for with the caller’s own token', async () => {
    service.on('GET', /^\/box/, () => expired);
    const failure = await failureOf(aml.downloadFolder(uri, join(root, 'model')));
    expect(failure).toMatchObject({ code: 'AUTH_DENIED', exitCode: 4 });
    expect(JSON.stringify(failure)).not.toContain('sig=n');
    const asked = service.requests.filter(({ path }) => path.startsWith('/box'));
    expect(asked.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });

  it.each<[string, string, Answer, string]>([
    ['there is no such registry', '/registries/contoso/discovery', { status: 404 }, 'ASSET_NOT_FOUND'],
    ['there is no such version', `${models}/15`, { status: 404 }, 'ASSET_NOT_FOUND'],
    [
      'the registry is not on https',
      '/registries/contoso/discovery',
      { body: { subscriptionId: 's', resourceGroup: 'g', primaryRegionResourceProviderUri: 'http://a/' } },
      'AZURE_REQUEST_FAILED',
    ],
    [
      'the twin points to another machine',
      '/registries/contoso/discovery',
      {
        body: {
          subscriptionId: 's',
          resourceGroup: 'g',
          primaryRegionResourceProviderUri: 'https://a.test/',
        },
      },
      'AZURE_REQUEST_FAILED',
    ],
    [
      'its files are at no address',
      `${models}/15`,
      { body: { name: '15', properties: { modelUri: 'file:///etc' } } },
      'AZURE_REQUEST_FAILED',
    ],
  ])('fails where %s', async (_why, path, answer, code) => {
    service.on('GET', path, () => answer);
    expect(await failureOf(aml.downloadFolder(uri, join(root, 'model')))).toMatchObject({ code });
  });
});
