import { readFileSync, readdirSync } from 'node:fs';
import { basename, relative, resolve } from 'node:path';
import * as fc from 'fast-check';
import { dump } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { checkSkus } from '../../../src/card/index.ts';
import { scoringImageName } from '../../../src/io/scoring-image.ts';
import {
  parseOnlineDeployment,
  parseOnlineEndpoint,
  renderDiagnostics,
} from '../../../src/documents/index.ts';
import type { OnlineDeploymentDocument, OnlineEndpointDocument } from '../../../src/documents/index.ts';
import { deploymentToYaml } from '../../../src/documents/parse-online-deployment.ts';
import { endpointToYaml } from '../../../src/documents/parse-online-endpoint.ts';

const minimal = 'instance_type: Standard_D4as_v4\n';

describe('overrides', () => {
  it('supply what the file lacks', () => {
    expect(parseOnlineEndpoint('auth_mode: key\n', 'e.yml', { name: 'deit-endpoint' })).toMatchObject({
      document: { name: 'deit-endpoint', authMode: 'Key' },
      diagnostics: [],
    });
    const overrides = { endpointName: 'deit-endpoint', instanceType: 'Standard_D4as_v4' };
    expect(parseOnlineDeployment('instance_count: 2\n', 'd.yml', overrides).document).toMatchObject(
      overrides,
    );
  });

  it('stand in the place of what the file has, mistakes included', () => {
    const text = 'name: x\ninstance_type: 5\ninstance_count: many\nmodel: nonsense\n';
    const overrides = {
      name: 'blue',
      instanceType: 'Standard_D4as_v4',
      instanceCount: 3,
      model: 'azureml:deit:1',
    };
    expect(parseOnlineDeployment(text, 'd.yml', overrides)).toMatchObject({
      document: overrides,
      diagnostics: [],
    });
  });

  it('are held against the same rules, and stand in no file', () => {
    const { document, diagnostics } = parseOnlineDeployment(minimal, 'd.yml', {
      name: 'b_',
      instanceCount: 0,
      requestSettings: { requestTimeoutMs: 180_001 },
    });
    expect(document).toBeUndefined();
    expect(
      diagnostics.map(({ code, line, column, length, pointer }) => [code, line, column, length, pointer]),
    ).toEqual([
      ['invalid-name', 0, 0, 0, '/name'],
      ['out-of-range', 0, 0, 0, '/instance_count'],
      ['out-of-range', 0, 0, 0, '/request_settings/request_timeout_ms'],
    ]);
    expect(diagnostics[1]?.message).toBe('instance_count is the number 0: expected at least 1');
    expect(
      parseOnlineEndpoint('name: deit-endpoint\n', 'e.yml', { traffic: { blue: 99 } }).diagnostics,
    ).toMatchObject([{ code: 'traffic-sum', line: 0, pointer: '/traffic' }]);
    expect(
      parseOnlineEndpoint('name: deit-endpoint\n', 'e.yml', { authMode: 'Token' as 'Key' }).diagnostics,
    ).toMatchObject([
      { code: 'invalid-value', message: "auth_mode is 'Token': expected key, aml_token or aad_token" },
    ]);
  });

  it('leave an undefined member to the file', () => {
    const { document } = parseOnlineDeployment(minimal, 'd.yml', { instanceType: undefined } as object);
    expect(document?.instanceType).toBe('Standard_D4as_v4');
  });
});

function ymlFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yml'))
    .map((file) => `${folder}/${file}`);
}

const fixtures = 'test/fixtures/documents';

describe('a document to deploy', () => {
  it.each([
    ...ymlFiles(`${fixtures}/managedOnlineDeployment/valid`),
    ...ymlFiles(`${fixtures}/managedOnlineEndpoint/valid`),
  ])('%s is read', async (file) => {
    const parse = file.includes('Deployment') ? parseOnlineDeployment : parseOnlineEndpoint;
    const { document, diagnostics } = parse(readFileSync(file, 'utf8'), file);
    const warnings = diagnostics.map(({ line, column, code }) => `${line}:${column} ${code}`);
    // A model's path is absolute, and this machine's: what is below the repository is shown.
    const shown = JSON.stringify(
      { document, warnings },
      (key, value: unknown) =>
        key === 'path' && typeof value === 'string' && value.startsWith(resolve())
          ? `<repository>/${relative('', value).replaceAll('\\', '/')}`
          : value,
      2,
    );
    await expect(`${shown}\n`).toMatchFileSnapshot(resolve(file.replace('.yml', '.json')));
  });

  it.each([...ymlFiles('test/fixtures/documents-to-deploy')])('%s is refused', async (file) => {
    const text = readFileSync(file, 'utf8');
    const { document, diagnostics } = parseOnlineDeployment(text, basename(file));
    expect(document).toBeUndefined();
    await expect(renderDiagnostics(diagnostics, text)).toMatchFileSnapshot(
      resolve(file.replace('.yml', '.txt')),
    );
  });
});

describe('a model path', () => {
  it.each([
    ['models/deit', resolve('deploy/models/deit')],
    ['../models/deit', resolve('models/deit')],
    [resolve('/models/deit'), resolve('/models/deit')],
    [
      'azureml://datastores/workspaceblobstore/paths/deit',
      'azureml://datastores/workspaceblobstore/paths/deit',
    ],
    ['https://example.com/deit', 'https://example.com/deit'],
  ])('%s is resolved against the file', (path, resolved) => {
    const text = `${minimal}model: {path: ${JSON.stringify(path)}}\n`;
    expect(parseOnlineDeployment(text, 'deploy/d.yml').document?.model).toEqual({ path: resolved });
  });
});

describe('the examples', () => {
  const deploymentFile = 'examples/online-deployment.yml';
  const deployment = parseOnlineDeployment(readFileSync(deploymentFile, 'utf8'), deploymentFile);
  const endpointFile = 'examples/online-endpoint.yml';
  const endpoint = parseOnlineEndpoint(readFileSync(endpointFile, 'utf8'), endpointFile);

  it('are valid', () => {
    expect([...endpoint.diagnostics, ...deployment.diagnostics]).toEqual([]);
    expect(endpoint.document?.name).toBe('deit-endpoint');
  });

  it('name the scoring image of this version and a size that the card has nothing against', () => {
    expect(deployment.document?.environment).toMatchObject({ image: scoringImageName() });
    const names = [deployment.document?.instanceType ?? ''];
    expect(checkSkus({ names, task: 'inference', asOf: new Date('2026-11-23') })).toEqual([]);
  });
});

const text = fc.string({ maxLength: 12, unit: 'grapheme' });
/** Names of tags besides: without what Azure refuses in them. */
const texts = fc.dictionary(
  text.map((each) => each.replaceAll(/[<>%&\\?/]/g, '-')),
  text,
  { maxKeys: 4 },
);
const name = fc.stringMatching(/^[a-zA-Z][-a-zA-Z0-9]{1,30}[a-zA-Z0-9]$/);
const positive = fc.integer({ min: 1, max: 1_000_000 });
const access = fc.constantFrom('Enabled' as const, 'Disabled' as const);

const traffic = fc
  .tuple(fc.uniqueArray(name, { minLength: 1, maxLength: 4 }), fc.integer({ min: 0, max: 100 }))
  .map(([names, share]): Record<string, number> => {
    const [first = '', second] = names;
    return second === undefined
      ? { [first]: 100 }
      : Object.fromEntries(
          names.map((each) => [each, each === first ? share : each === second ? 100 - share : 0]),
        );
  });

const endpointDocument: fc.Arbitrary<OnlineEndpointDocument> = fc.record(
  {
    name,
    description: text,
    location: text,
    tags: texts,
    properties: texts,
    authMode: fc.constantFrom('Key' as const, 'AMLToken' as const, 'AADToken' as const),
    identity: fc.oneof(
      fc.record({
        type: fc.constantFrom('SystemAssigned' as const, 'None' as const),
        userAssignedIdentities: fc.constant([]),
      }),
      fc.record({
        type: fc.constant('UserAssigned' as const),
        userAssignedIdentities: fc.array(text, { minLength: 1, maxLength: 1 }),
      }),
    ),
    traffic: fc.oneof(fc.constant({}), traffic),
    mirrorTraffic: fc.oneof(
      fc.constant({}),
      fc.tuple(name, fc.integer({ min: 0, max: 50 })).map(([each, share]) => ({ [each]: share })),
    ),
    publicNetworkAccess: access,
  },
  {
    requiredKeys: [
      'name',
      'tags',
      'properties',
      'authMode',
      'traffic',
      'mirrorTraffic',
      'publicNetworkAccess',
    ],
  },
);

const route = fc.record({ port: fc.integer({ min: 1, max: 65535 }), path: text.map((path) => `/${path}`) });
const probe = (successThreshold: fc.Arbitrary<number>): fc.Arbitrary<object> =>
  fc.record(
    {
      initialDelay: positive,
      period: positive,
      timeout: positive,
      successThreshold,
      failureThreshold: positive,
    },
    { requiredKeys: [] },
  );

const deploymentDocument = fc.record(
  {
    name,
    endpointName: name,
    description: text,
    tags: texts,
    properties: texts,
    model: fc.oneof(
      name.map((each) => `azureml:${each}:1`),
      fc.record(
        {
          name: text.map((each) => `m${each}`),
          version: text,
          path: name.map((each) => resolve('models', each)),
          type: fc.constantFrom('custom_model' as const, 'mlflow_model' as const, 'triton_model' as const),
        },
        { requiredKeys: ['name', 'path'] },
      ),
    ),
    modelMountPath: text,
    environment: fc.oneof(
      name.map((each) => `azureml:${each}@latest`),
      fc.record(
        {
          name: text.map((each) => `e${each}`),
          version: text,
          image: text.map((image) => `i${image}`),
          inferenceConfig: fc.record({ livenessRoute: route, readinessRoute: route, scoringRoute: route }),
        },
        { requiredKeys: ['image', 'inferenceConfig'] },
      ),
    ),
    environmentVariables: texts,
    instanceType: text,
    instanceCount: positive,
    appInsightsEnabled: fc.boolean(),
    requestSettings: fc.record(
      {
        requestTimeoutMs: fc.integer({ min: 1, max: 180_000 }),
        maxConcurrentRequestsPerInstance: positive,
        maxQueueWaitMs: fc.nat(),
      },
      { requiredKeys: [] },
    ),
    livenessProbe: probe(fc.constant(1)),
    readinessProbe: probe(positive),
    scaleSettings: fc.constant({ scaleType: 'Default' as const }),
    egressPublicNetworkAccess: access,
  },
  {
    requiredKeys: [
      'tags',
      'properties',
      'environmentVariables',
      'instanceType',
      'instanceCount',
      'appInsightsEnabled',
    ],
  },
) as fc.Arbitrary<OnlineDeploymentDocument>;

describe('a document that is written and read again', () => {
  it('is the same endpoint', () => {
    fc.assert(
      fc.property(endpointDocument, (document) => {
        const result = parseOnlineEndpoint(dump(endpointToYaml(document)), 'e.yml');
        expect(result).toEqual({ document, diagnostics: [] });
      }),
      { numRuns: 150 },
    );
  });

  it('is the same deployment, from a file or from overrides', () => {
    fc.assert(
      fc.property(deploymentDocument, (document) => {
        const errors = parseOnlineDeployment(dump(deploymentToYaml(document)), 'd.yml');
        expect(errors.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
        expect(errors.document).toEqual(document);
        expect(parseOnlineDeployment('{}', 'd.yml', document).document).toEqual(document);
      }),
      { numRuns: 150 },
    );
  });
});

describe('any text at all', () => {
  it('gives a document or an error, and never throws', () => {
    const yamlish = fc
      .array(
        fc.constantFrom(
          'a',
          ': ',
          '\n',
          '- ',
          '[',
          ']',
          '{',
          '}',
          '"',
          "'",
          '&a ',
          '*a',
          '!!int ',
          '|',
          '>',
          '#',
          ' ',
          '---\n',
          '1',
          'name',
          'instance_type',
          '<<',
          '? ',
          '\t',
          '%',
          '\0',
          ',',
        ),
        { maxLength: 40 },
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(yamlish, fc.string()), (source) => {
        const { document, diagnostics } = parseOnlineDeployment(source, 'd.yml');
        expect(document !== undefined || diagnostics.some(({ severity }) => severity === 'error')).toBe(true);
        const lines = source.split(/\r\n|\n|\r/).length;
        for (const { line, column, length } of diagnostics) {
          expect(line).toBeLessThanOrEqual(lines);
          expect(Math.min(line, column, length)).toBeGreaterThan(0);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
