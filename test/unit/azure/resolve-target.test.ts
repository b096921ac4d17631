import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolveTarget } from '../../../src/azure/resolve-target.ts';
import type { ResolveTargetOptions } from '../../../src/azure/resolve-target.ts';
import { AmlDeitError } from '../../../src/errors/index.ts';

let root: string;
let cwd: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'aml-deit-target-'));
  cwd = join(root, 'project', 'src');
  mkdirSync(join(cwd, '.azureml'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

const resolve = (options: Omit<ResolveTargetOptions, 'cwd'> = {}) =>
  resolveTarget({ env: {}, ...options, cwd });
const env = {
  AZURE_SUBSCRIPTION_ID: 'env-sub',
  AZURE_RESOURCE_GROUP: 'env-group',
  AZUREML_WORKSPACE_NAME: 'env-ws',
};

function failure(run: () => unknown): AmlDeitError {
  try {
    run();
  } catch (error) {
    if (error instanceof AmlDeitError) return error;
    throw error;
  }
  throw new Error('it did not throw');
}

describe('resolveTarget', () => {
  it('takes the environment', () => {
    expect(resolve({ env })).toEqual({
      kind: 'azure',
      subscriptionId: 'env-sub',
      resourceGroup: 'env-group',
      workspaceName: 'env-ws',
      cloud: 'AzureCloud',
      source: 'environment',
    });
  });

  it('lets flags win, member by member', () => {
    expect(resolve({ env, flags: { workspace: 'other', cloud: 'azureusgovernment' } })).toMatchObject({
      subscriptionId: 'env-sub',
      workspaceName: 'other',
      cloud: 'AzureUSGovernment',
      source: 'flags',
    });
  });

  it('reads aml-deit.yml of a parent before config.json', () => {
    const yml = join(root, 'project', 'aml-deit.yml');
    writeFileSync(yml, 'subscription: yml-sub\nresource_group: yml-group\nworkspace: yml-ws\n');
    writeFileSync(join(cwd, 'config.json'), JSON.stringify({ workspace_name: 'json-ws' }));
    expect(resolve()).toMatchObject({ workspaceName: 'yml-ws', source: yml });
  });

  it.each(['config.json', join('.azureml', 'config.json'), join('..', 'config.json')])('reads %s', (file) => {
    const studio = { subscription_id: 's', resource_group: 'g', workspace_name: 'w' };
    writeFileSync(join(cwd, file), JSON.stringify(studio));
    expect(resolve()).toMatchObject({ subscriptionId: 's', resourceGroup: 'g', workspaceName: 'w' });
  });

  it("passes by somebody else's config.json", () => {
    writeFileSync(join(cwd, 'config.json'), JSON.stringify({ model_type: 'vit' }));
    writeFileSync(join(root, 'project', 'config.json'), 'not JSON');
    expect(resolve({ isTerminal: true })).toEqual({ kind: 'local', source: 'default' });
  });

  it('is local by default only with a terminal, and never in CI', () => {
    expect(resolve({ isTerminal: true })).toEqual({ kind: 'local', source: 'default' });
    expect(failure(() => resolve()).code).toBe('TARGET_NOT_NAMED');
    expect(failure(() => resolve({ isTerminal: true, env: { CI: 'true' } })).exitCode).toBe(2);
  });

  it('is local when that is said, whatever is configured', () => {
    expect(resolve({ env, flags: { target: 'local' } })).toEqual({ kind: 'local', source: 'named' });
    writeFileSync(join(cwd, 'aml-deit.yml'), 'target: local\n');
    expect(resolve({ env })).toEqual({ kind: 'local', source: 'named' });
    expect(resolve({ env, flags: { target: 'azure' } })).toMatchObject({ kind: 'azure' });
  });

  it('refuses a workspace together with --target local', () => {
    expect(failure(() => resolve({ flags: { target: 'local', workspace: 'w' } })).message).toContain(
      '--workspace',
    );
  });

  it('names what is missing', () => {
    const none = failure(() => resolve({ flags: { target: 'azure' }, isTerminal: true }));
    expect(none.code).toBe('TARGET_NOT_CONFIGURED');
    expect(none.message).toContain(
      'AZURE_SUBSCRIPTION_ID, AZURE_RESOURCE_GROUP, AZUREML_WORKSPACE_NAME are not set',
    );
    const one = failure(() => resolve({ env: { ...env, AZURE_RESOURCE_GROUP: '' }, isTerminal: true }));
    expect(one.details).toEqual({ missing: ['AZURE_RESOURCE_GROUP'] });
  });

  it('does not take a lone subscription for a workspace, but a flag for one', () => {
    const lone = { AZURE_SUBSCRIPTION_ID: 's' };
    expect(resolve({ env: lone, isTerminal: true }).kind).toBe('local');
    expect(failure(() => resolve({ flags: { subscription: 's' }, isTerminal: true })).code).toBe(
      'TARGET_NOT_CONFIGURED',
    );
  });

  it.each([
    ['workspce: w\n', 'unknown key "workspce"'],
    ['workspace: 3\n', '"workspace" must be text'],
    ['target: moon\n', '"target" must be azure or local'],
    ['- a\n', 'expected a map'],
    ['a: [\n', 'aml-deit.yml'],
  ])('refuses the project file %j', (text, message) => {
    writeFileSync(join(cwd, 'aml-deit.yml'), text);
    const thrown = failure(() => resolve({ env }));
    expect(thrown.code).toBe('TARGET_CONFIG_INVALID');
    expect(thrown.message).toContain(message);
  });

  it('refuses an unknown cloud', () => {
    expect(failure(() => resolve({ env: { ...env, AZURE_CLOUD: 'MoonCloud' } })).message).toContain(
      'MoonCloud',
    );
  });
});
