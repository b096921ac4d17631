import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readProjectFile } from '../../../src/io/project-file.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'aml-deit-project-'));
  mkdirSync(join(root, 'in', 'side'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

const write = (text: string): void => writeFileSync(join(root, 'aml-deit.yml'), text);

describe('readProjectFile', () => {
  it('finds nothing where there is none', () => {
    expect(readProjectFile(join(root, 'in', 'side'))).toBeUndefined();
  });

  it('finds the file of a folder around, and takes a relative model from there', () => {
    write('target: local\ncard_version: 15\nmodel: ./packages/deit\nonline_endpoint: fridge\n');
    expect(readProjectFile(join(root, 'in', 'side'))).toMatchObject({
      file: join(root, 'aml-deit.yml'),
      target: 'local',
      cardVersion: '15',
      model: join(root, 'packages', 'deit'),
      onlineEndpoint: 'fridge',
      batchEndpoint: undefined,
    });
  });

  it.each(['azureml:deit:1', 'azureml://registries/r/models/m/versions/1'])(
    'leaves the model %s',
    (model) => {
      write(`model: ${model}\n`);
      expect(readProjectFile(root)?.model).toBe(model);
    },
  );

  it.each([
    ['endpoint: x\n', 'unknown key "endpoint"'],
    ['workspace: 12\n', '"workspace" must be text'],
    ['card_version: 1.5\n', '"card_version" must be text'],
    ['model: ""\n', '"model" must be text'],
    ['target: cloud\n', '"target" must be azure or local'],
    ['- a\n', 'expected a map'],
    ['a: [\n', 'aml-deit.yml: '],
  ])('refuses %j', (text, problem) => {
    write(text);
    expect(() => readProjectFile(root)).toThrow(problem);
  });
});
