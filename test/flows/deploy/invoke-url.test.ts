import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planOnline } from '../../../src/actions/plan-online.ts';
import { loadCertificates } from '../../../src/local/lifecycle/certificates.ts';
import { encodeImage } from '../../../src/vision/index.ts';
import { deployBench } from '../../helpers/deploy-to-twin.ts';
import type { DeployBench } from '../../helpers/deploy-to-twin.ts';
import { failureOf } from '../../helpers/failure-of.ts';
import { runCli } from '../../helpers/run-cli.ts';
import type { CliResult } from '../../helpers/run-cli.ts';
import { smallPackage } from '../../helpers/small-package.ts';
import { syntheticPicture } from '../../helpers/synthetic-picture.ts';

let bench: DeployBench;
let model: string;
let folder: string;
let pictures: Server;
let url: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aml-deit-invoke-'));
  [bench, model] = await Promise.all([deployBench(), smallPackage()]);
  const certificates = await loadCertificates(folder, Date.now());
  await writeFile(join(folder, 'authority.pem'), certificates.caPem);
  const png = await encodeImage(syntheticPicture(40, 30, 'waves'), { format: 'png' });
  pictures = createServer(
    { cert: certificates.certificatePem, key: certificates.privateKeyPem },
    (_request, response) => response.setHeader('content-type', 'image/png').end(png),
  );
  await new Promise<void>((resolve) => pictures.listen(0, '127.0.0.1', resolve));
  url = `https://localhost:${(pictures.address() as AddressInfo).port}/can.png`;
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
  await new Promise((resolve) => pictures.close(resolve));
  for (const directory of [folder, dirname(model)]) await rm(directory, { recursive: true });
});

const invoke = (): Promise<CliResult> =>
  runCli(['invoke', 'online', '--target', 'local', '--endpoint', 'cans', '--image', url, '--json'], {
    env: bench.twin.env,
  });

describe('invoke online with a web address', () => {
  it('is refused by the endpoint for a host of its own machine, and answered when the deployment names it', async () => {
    const environmentVariables = { NODE_EXTRA_CA_CERTS: join(folder, 'authority.pem') };
    await bench.deploy('cans', model, { environmentVariables });
    const refused = await invoke();
    expect(refused.exitCode).toBe(1);
    expect(JSON.parse(refused.stdout)).toMatchObject({
      results: [
        {
          image: url,
          error: {
            code: 'SCORING_FAILED',
            message: expect.stringMatching(
              /the model answered 400: picture 0: localhost:\d+ has no address/,
            ) as string,
          },
        },
      ],
    });

    await bench.deploy('cans', model, { environmentVariables, urls: 'localhost' });
    const { exitCode, stdout } = await invoke();
    expect([exitCode, JSON.parse(stdout)]).toMatchObject([
      0,
      { failed: 0, results: [{ image: url, ok: true, classes: [{}, {}, {}] }] },
    ]);
  });

  it.each([
    ['a policy that the container would not start with', { urls: 'http://x/' }, 'SERVING_CONFIG_INVALID'],
    ["the registry's container", { urls: 'off', serving: 'registry' as const }, 'DEPLOY_OPTIONS_INVALID'],
    [
      'the same variable',
      { urls: 'off', environmentVariables: { AML_DEIT_URLS: 'public' } },
      'DEPLOY_OPTIONS_INVALID',
    ],
  ])('cannot be prepared for %s', async (_, more, code) => {
    expect((await failureOf(planOnline(bench.options('other', model, more)))).code).toBe(code);
  });
});
