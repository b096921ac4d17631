import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkDeployOptions } from '../../../../src/actions/online/desired-online.ts';
import { readOnlineDocuments } from '../../../../src/actions/online/read-documents.ts';
import { failureOf } from '../../../helpers/failure-of.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aml-deit-documents-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

const endpoint = '$schema: https://x/latest/managedOnlineEndpoint.schema.json\nname: deit-endpoint\n';

describe('the files of a deployment', () => {
  it.each([
    ['by its schema', endpoint, 'endpoint'],
    ['by its keys', 'name: deit-endpoint\nauth_mode: key\n', 'endpoint'],
    [
      'by a key of deployments',
      'name: blue\nendpoint_name: abc\ninstance_type: Standard_DS3_v2\n',
      'deployment',
    ],
  ])('are told apart %s', async (_how, text, kind) => {
    const read = await readOnlineDocuments({ files: [await file('one.yml', text)] });
    expect(Object.keys(read)).toContain(kind);
  });

  it.each([
    ['broken', 'a: [1,\n'],
    ['empty', ''],
  ])('are refused for what is wrong with them, not for their number: %s', async (_what, text) => {
    const files = [await file('ep.yml', endpoint), await file('bad.yml', text)];
    const error = await failureOf(readOnlineDocuments({ files }));
    expect(error.code).toBe('DOCUMENT_INVALID');
    expect(error.message).toMatch(/^one error in \S*bad\.yml\n/);
    expect(error.message).not.toContain('ep.yml');
  });

  it('name the cause first, and nothing that a deploy supplies itself', async () => {
    const text =
      'name: blue\nendpoint_name: deit\nmodel: {path: ./package}\ninstance_type: Standard_DS3_v2\ntags: {a: yes}\ninstance_count: two\n';
    const error = await failureOf(readOnlineDocuments({ files: [await file('d.yml', text)] }));
    expect(error.message.split('\n')[1]).toContain('instance_count');
    expect(error.message).not.toContain('environment-missing');
  });

  it('are two at most, of different kinds', async () => {
    const files = [await file('a.yml', endpoint), await file('b.yml', endpoint)];
    const error = await failureOf(readOnlineDocuments({ files }));
    expect(error).toMatchObject({ code: 'DEPLOY_OPTIONS_INVALID' });
  });
});

describe('what is checked before anything is made', () => {
  const options = { endpoint: 'deit', sku: 'Standard_D4as_v4', cwd: '/' } as const;

  it('is the picture of the smoke test', async () => {
    const missing = await failureOf(
      checkDeployOptions({ ...options, smokeImages: [join(folder, 'no.png')] }),
    );
    expect(missing.code).toBe('FILE_NOT_FOUND');
    const text = await file('text.png', 'not a picture');
    const none = await failureOf(checkDeployOptions({ ...options, smokeImages: [text] }));
    expect(none).toMatchObject({ code: 'IMAGE_INVALID' });
    expect(none.message).toContain('text.png');
  });

  it('is the name that the model is to be registered under', async () => {
    const error = await failureOf(checkDeployOptions({ ...options, modelName: 'bad name!' }));
    expect(error).toMatchObject({ code: 'NAME_INVALID' });
    expect(error.hint).toContain('bad-name');
  });
});
