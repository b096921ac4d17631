import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkNode, checkPeer, satisfiesAtLeast } from '../../../src/actions/doctor/check-installation.ts';
import { checkLocalhostNames } from '../../../src/actions/doctor/check-localhost-names.ts';
import { doctorChecks } from '../../../src/actions/doctor/check.ts';
import { missingActions, neededActions } from '../../../src/actions/doctor/missing-actions.ts';
import { runDoctor } from '../../../src/index.ts';
import type { DoctorCheck, DoctorOptions, DoctorResult } from '../../../src/index.ts';
import { twinEnvironment } from '../../../src/io/index.ts';
import { createTwin } from '../../../src/testing.ts';
import type { Twin } from '../../../src/testing.ts';
import { fixtureScorer } from '../../helpers/fixture-scorer.ts';
import { startHttpsService } from '../../helpers/https-service.ts';
import type { HttpsService } from '../../helpers/https-service.ts';
import { runCli } from '../../helpers/run-cli.ts';

const found = (result: DoctorResult, id: string): DoctorCheck | undefined =>
  result.checks.find((check) => check.id === id);
const statuses = (result: DoctorResult): Record<string, string> =>
  Object.fromEntries(result.checks.map(({ id, status }) => [id, status]));
/** What depends on the system under the test. */
const ofMachine = new Set(['localhost-names']);

describe('doctor', () => {
  let twin: Twin;
  beforeAll(async () => {
    twin = await createTwin({ scorer: fixtureScorer });
  });
  afterAll(() => twin.close());

  it('finds nothing wrong with the twin, whichever way it is named', async () => {
    const ways: DoctorOptions[] = [
      { target: 'local', env: { AML_DEIT_HOME: twin.env['AML_DEIT_HOME'] } },
      { env: twinEnvironment(twin.descriptor), cwd: '/' },
    ];
    for (const way of ways) {
      const result = await runDoctor({ ...way, sku: 'Standard_D4as_v4' });
      expect(result.checks.map(({ id }) => id)).toEqual(doctorChecks);
      const wrong = result.checks.filter(({ id, status }) => status !== 'ok' && !ofMachine.has(id));
      expect(wrong).toEqual([]);
      expect(result.ok).toBe(true);
    }
  });

  it('names quota that is too short, a size that is not allowed, and leaves it out unasked', async () => {
    const env = { AML_DEIT_HOME: twin.env['AML_DEIT_HOME'] };
    const short = await runDoctor({ target: 'local', env, sku: 'Standard_D4as_v4', instances: 100 });
    expect(found(short, 'quota')).toMatchObject({ status: 'failed', fix: expect.stringContaining('quota') });
    expect(short.ok).toBe(false);
    const wrong = await runDoctor({ target: 'local', env, sku: 'Standard_A1_v2' });
    expect(found(wrong, 'quota')).toMatchObject({
      status: 'failed',
      fix: expect.stringContaining('sku recommend'),
    });
    expect(found(await runDoctor({ target: 'local', env }), 'quota')?.status).toBe('skipped');
  });

  it('refuses a number of instances that is none', async () => {
    await expect(runDoctor({ target: 'local', instances: 0.5 })).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('asks a workspace in Azure nothing where no credential gives a token, or none in time', async () => {
    const azure = { subscription: 's', resourceGroup: 'g', workspace: 'w', env: {}, cwd: '/' };
    const refused = new Error('nobody is logged in');
    refused.name = 'CredentialUnavailableError';
    const none = await runDoctor({ ...azure, credential: { getToken: () => Promise.reject(refused) } });
    expect(found(none, 'credential')).toMatchObject({
      status: 'failed',
      fix: expect.stringContaining('az login'),
    });
    const silent = { getToken: (): Promise<never> => new Promise(() => undefined) };
    const late = await runDoctor({ ...azure, credential: silent, timeoutMs: 100 });
    expect(found(late, 'credential')).toMatchObject({
      status: 'failed',
      summary: expect.stringContaining('no answer within 0.1 s'),
      fix: expect.stringContaining('az login'),
    });
    expect([none.ok, late.ok]).toEqual([false, false]);
  });

  it('ends with Ctrl-C', async () => {
    const env = { AML_DEIT_HOME: twin.env['AML_DEIT_HOME'] };
    const signal = AbortSignal.abort();
    await expect(runDoctor({ target: 'local', env, signal })).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });

  describe('as a command', () => {
    let home: string;
    beforeAll(() => {
      home = mkdtempSync(join(tmpdir(), 'aml-deit-home-'));
    });
    afterAll(() => rmSync(home, { recursive: true, force: true }));

    it('exits 0 on a machine where nothing is configured, and starts no twin', async () => {
      const result = await runCli(['doctor', '--json'], { env: { AML_DEIT_HOME: home }, cwd: home });
      expect(result.exitCode).toBe(0);
      expect(JSON.parse(result.stdout)).toMatchObject({ schemaVersion: 1, ok: true });
      const local = await runCli(['doctor', '--target', 'local'], {
        env: { AML_DEIT_HOME: home },
        cwd: home,
      });
      expect(local.exitCode).toBe(0);
      expect(local.stdout).toContain('aml-deit local up');
      expect((await runCli(['local', 'status'], { env: { AML_DEIT_HOME: home } })).stdout).toContain(
        'no local twin is running',
      );
    });

    it('exits 1 when a check failed, with its fix below it', async () => {
      const result = await runCli(['doctor', '--sku', 'Standard_Nothing'], {
        env: { ...twinEnvironment(twin.descriptor), AZURE_RESOURCE_GROUP: 'elsewhere' },
        cwd: home,
      });
      expect(result.exitCode).toBe(1);
      expect(result.stdout).toMatch(/^failed {3}workspace {2}.*ResourceGroupNotFound/m);
      expect(result.stdout).toContain('fix: check subscription, resource group and workspace');
      expect(result.stdout).toContain('1 check failed');
    });
  });

  describe('against a service that refuses', () => {
    let service: HttpsService;
    beforeAll(async () => {
      service = await startHttpsService();
      service.on('GET', /workspaces\/w$/, () => ({
        body: { name: 'w', location: 'westeurope', properties: {} },
      }));
      service.on('GET', '/onlineEndpoints', () => ({ body: { value: [] } }));
      service.on('GET', '/metadata/endpoints', () => ({
        body: [
          {
            name: 'test',
            portal: 'https://portal.azure.com',
            resourceManager: service.endpoint,
            authentication: { loginEndpoint: service.endpoint, tenant: 'common' },
            suffixes: { storage: service.twin.storageSuffix },
          },
        ],
      }));
    });
    afterAll(() => service[Symbol.asyncDispose]());

    const diagnose = (options: DoctorOptions = {}): Promise<DoctorResult> =>
      runDoctor({ env: twinEnvironment(service.twin), cwd: '/', timeoutMs: 60_000, ...options });
    const permissions = (actions: string[], notActions: string[] = []): void => {
      service.on('GET', '/permissions', () => ({ body: { value: [{ actions, notActions }] } }));
    };

    it('says which actions no role allows', async () => {
      permissions(['*/read']);
      const reader = await diagnose();
      expect(statuses(reader)).toMatchObject({ 'read-access': 'ok', 'write-access': 'failed' });
      expect(found(reader, 'write-access')?.details).toEqual({ missing: neededActions });
      expect(found(reader, 'write-access')?.fix).toContain('AzureML Data Scientist');
      permissions(['Microsoft.MachineLearningServices/workspaces/*/write', '*/action', '*/delete']);
      expect(statuses(await diagnose())).toMatchObject({ 'write-access': 'ok' });
    });

    it('only warns where the roles may not be asked', async () => {
      service.on('GET', '/permissions', () => ({
        status: 403,
        body: { error: { code: 'AuthorizationFailed', message: 'no' } },
      }));
      const result = await diagnose();
      expect([statuses(result)['write-access'], result.ok]).toEqual(['warning', true]);
    });

    it('names a role where reading is refused, and quotas that are no list', async () => {
      service.on('GET', '/onlineEndpoints', () => ({
        status: 403,
        body: { error: { code: 'AuthorizationFailed', message: 'no' } },
      }));
      service.on('GET', '/usages', () => ({ body: { value: [] } }));
      const result = await diagnose({ sku: 'Standard_D4as_v4' });
      expect(statuses(result)).toMatchObject({ 'read-access': 'failed', quota: 'failed' });
      expect(found(result, 'read-access')?.fix).toContain('AzureML Data Scientist');
    });

    it('gives up on a service that never answers, and skips what would come after', async () => {
      service.on('GET', /workspaces\/w$/, () => new Promise(() => undefined));
      // Time enough for what is answered.
      const result = await diagnose({ timeoutMs: 2000 });
      expect(statuses(result)).toMatchObject({
        credential: 'ok',
        workspace: 'failed',
        'read-access': 'skipped',
        'write-access': 'skipped',
        quota: 'skipped',
      });
      expect(found(result, 'workspace')).toMatchObject({
        summary: expect.stringContaining('no answer within 2 s'),
        fix: expect.stringContaining('network'),
      });
    });

    it('says that there is no credential', async () => {
      service.on('GET', '/msi/token', () => ({ status: 400, body: { error: 'no' } }));
      const result = await diagnose();
      expect(statuses(result)).toMatchObject({ credential: 'failed', workspace: 'skipped' });
      expect(found(result, 'credential')?.fix).toBeTruthy();
    });
  });
});

describe('what doctor knows of an installation', () => {
  it.each([
    ['22.18.0', '>=22.18.0', true],
    ['22.17.9', '>=22.18.0', false],
    ['24.0.0', '>=22.18.0', true],
    ['1.30.0-rc.1', '>=1.30.0', true],
    ['1.9.9', '>=1.30.0', false],
  ])('%s in %s: %s', (version, range, expected) => {
    expect(satisfiesAtLeast(version, range)).toBe(expected);
  });

  it('wants a Node that is new enough', () => {
    expect(checkNode().status).toBe('ok');
    expect(checkNode('20.19.0')).toMatchObject({ status: 'failed', fix: expect.stringContaining('Node 24') });
  });

  it('says how to install what is missing or old, and that the twin cannot do without', () => {
    expect(checkPeer('azurite', true).status).toBe('ok');
    expect(checkPeer('sharp', false, '0.1.0')).toMatchObject({
      status: 'failed',
      fix: 'npm install sharp@latest',
    });
    expect(checkPeer('onnxruntime-node', false, '1.1.0').fix).toBe(
      'npm install onnxruntime-node@latest --onnxruntime-node-install=skip',
    );
    expect(checkPeer('azurite', true, null)).toMatchObject({ status: 'failed', fix: 'npm install azurite' });
    expect(checkPeer('azurite', false, null).status).toBe('warning');
  });

  it('says how to make names below localhost resolve, which only other clients need', async () => {
    const resolved = (address: string): Promise<DoctorCheck> =>
      checkLocalhostNames(undefined, () => Promise.resolve(address));
    expect((await resolved('127.0.0.1')).status).toBe('ok');
    expect((await resolved('::1')).status).toBe('ok');
    expect(await resolved('192.0.2.7')).toMatchObject({
      status: 'warning',
      summary: expect.stringContaining('192.0.2.7'),
    });
    const unknown = await checkLocalhostNames(undefined, () => Promise.reject(new Error('ENOTFOUND')));
    expect(unknown).toMatchObject({
      status: 'warning',
      fix: expect.stringContaining('127.0.0.1 ACCOUNT.blob.core.localhost'),
    });
  });

  it('reads roles as ARM does: a part of one role is taken back by that role only', () => {
    const needed = ['A/b/write'];
    expect(missingActions([{ actions: ['a/*/WRITE'], notActions: [] }], needed)).toEqual([]);
    expect(missingActions([{ actions: ['*'], notActions: ['A/*'] }], needed)).toEqual(needed);
    const other = { actions: ['A/b/*'], notActions: [] };
    expect(missingActions([{ actions: ['*'], notActions: ['A/*'] }, other], needed)).toEqual([]);
    expect(missingActions([{ actions: ['A/b'], notActions: [] }], needed)).toEqual(needed);
    expect(missingActions([], needed)).toEqual(needed);
  });
});
