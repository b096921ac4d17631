import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateEnvironment, validateDocuments } from '../../../src/index.ts';
import { failureOf } from '../../helpers/failure-of.ts';
import { repositoryRoot } from '../../helpers/run-cli.ts';
import { startServe } from '../../helpers/serve-process.ts';
import { smallPackage } from '../../helpers/small-package.ts';

describe('an environment that Azure ML builds', () => {
  let out: string;
  let context: string;
  beforeAll(async () => {
    out = mkdtempSync(join(tmpdir(), 'aml-deit-context-'));
    await generateEnvironment({
      out,
      build: true,
      base: `registry.example/node:24@sha256:${'1'.repeat(64)}`,
    });
    context = join(out, 'scorer-context');
  });
  afterAll(() => rmSync(out, { recursive: true, force: true }));

  const files = (): string[] =>
    readdirSync(context, { recursive: true, encoding: 'utf8' }).filter((path) =>
      statSync(join(context, path)).isFile(),
    );

  it('keeps to what Azure ML takes as a context, and is valid', async () => {
    expect(files().length).toBeLessThanOrEqual(100);
    expect(files().reduce((sum, path) => sum + statSync(join(context, path)).size, 0)).toBeLessThanOrEqual(
      1e6,
    );
    const { files: checked } = await validateDocuments({ paths: [join(out, 'environment.yml')] });
    expect(checked.flatMap(({ diagnostics }) => diagnostics)).toEqual([]);
  });

  it('pins base and packages', () => {
    const dockerfile = readFileSync(join(context, 'Dockerfile'), 'utf8');
    expect(dockerfile).toContain(`FROM registry.example/node:24@sha256:${'1'.repeat(64)}\n`);
    expect(dockerfile).not.toMatch(/<[a-z_]+>/);
    const { dependencies } = JSON.parse(readFileSync(join(context, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    expect(Object.keys(dependencies)).toEqual(
      expect.arrayContaining(['fastify', 'onnxruntime-node', 'sharp']),
    );
    for (const version of Object.values(dependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+/);
  });

  it('holds all that the server loads besides the packages that npm installs', async () => {
    symlinkSync(join(repositoryRoot, 'node_modules'), join(context, 'node_modules'));
    const model = await smallPackage();
    try {
      const server = await startServe({ model, cli: join(context, 'bin', 'run.js') });
      expect((await fetch(`http://127.0.0.1:${server.port}/ready`)).status).toBe(200);
      await server.stop();
    } finally {
      rmSync(join(context, 'node_modules'));
      rmSync(dirname(model), { recursive: true, force: true });
    }
  });

  it.each([
    ['an image as well', { build: true, image: 'a.io/b:1' }, 'GENERATE_OPTIONS_INVALID'],
    ['a base for no build', { base: 'node:24' }, 'GENERATE_OPTIONS_INVALID'],
    ['a base that ends the line', { build: true, base: 'node:24\nRUN x' }, 'IMAGE_REFERENCE_INVALID'],
  ])('is refused with %s', async (_what, options, code) => {
    expect((await failureOf(generateEnvironment({ out, dryRun: true, ...options }))).code).toBe(code);
  });
});
