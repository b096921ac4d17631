import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  checkLock,
  checkModelReference,
  findRegistryCard,
  formatLock,
  lockFault,
  makeLock,
  parseLock,
  parseModelReference,
} from '../../../src/card/index.ts';
import type { CardLock, RegistryCard } from '../../../src/card/index.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

function known(version: string): RegistryCard {
  const found = findRegistryCard(version);
  if (found === undefined) throw new Error(`version ${version} is not there`);
  return found;
}

const v15 = known('15');
const lock = makeLock(v15, sha256);

describe('makeLock', () => {
  it('holds the version, the wire format and a hash of what the card states', () => {
    expect(formatLock(lock)).toBe(`{
  "lockVersion": 1,
  "registry": "azureml",
  "name": "facebook-deit-base-patch16-224",
  "version": "15",
  "wireFormat": "columns",
  "cardSha256": "${lock.cardSha256}"
}
`);
    expect(lock.cardSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(parseLock(formatLock(lock))).toEqual(lock);
  });

  it('does not change with the layout, the order of a list or the case of its names', () => {
    const finetune = [...(v15.allowLists.finetune ?? [])].reverse().map((name) => name.toUpperCase());
    const same: RegistryCard = {
      ...v15,
      registry: null,
      layout: 'system-metadata',
      allowLists: { ...v15.allowLists, finetune },
    };
    expect(makeLock(same, sha256)).toEqual(lock);
  });

  it.each([
    { sha: 'other' },
    { allowLists: { ...v15.allowLists, inference: v15.allowLists.inference?.slice(1) ?? null } },
    { minimumSpecs: { ...v15.minimumSpecs, finetune: '4|1|28|175' } },
    { modelSpecificDefaults: { apply_deepspeed: 'true', apply_ort: 'false' } },
  ] satisfies Partial<RegistryCard>[])('changes with what the card states: %j', (change) => {
    expect(makeLock({ ...v15, ...change }, sha256).cardSha256).not.toBe(lock.cardSha256);
  });

  it.each([
    [{ name: null }, 'name'],
    [{ version: null }, 'version'],
    [{ wireFormat: null }, 'wire format'],
  ] as const)('needs more than a card with %j', (change, word) => {
    const card = { ...v15, ...change };
    expect(lockFault(card)).toContain(word);
    expect(() => makeLock(card, sha256)).toThrow(RangeError);
  });
});

describe('parseLock', () => {
  const text = (change: Partial<Record<keyof CardLock, unknown>>): string =>
    JSON.stringify({ ...lock, ...change });

  it.each([
    ['', 'no JSON'],
    ['[]', 'JSON object'],
    ['null', 'JSON object'],
    [text({ lockVersion: 2 }), 'lockVersion is 2'],
    [text({ lockVersion: undefined }), 'lockVersion is missing'],
    [text({ version: 15 }), 'version is no text'],
    [text({ cardSha256: '' }), 'cardSha256 is no text'],
    [text({ wireFormat: 'table' }), 'wireFormat is neither'],
  ])('says what is wrong with %.40s', (content, words) => {
    const parsed = parseLock(content);
    expect('fault' in parsed && parsed.fault).toContain(words);
  });
});

describe('checkLock', () => {
  it('has nothing against what has not changed', () => {
    expect(checkLock(lock, makeLock(v15, sha256))).toEqual([]);
  });

  it('says that the version differs, and nothing more', () => {
    expect(checkLock(lock, makeLock(known('20'), sha256))).toEqual([
      {
        severity: 'error',
        code: 'lock-version-differs',
        message:
          'the model is facebook-deit-base-patch16-224:20, locked is facebook-deit-base-patch16-224:15',
        locked: 'facebook-deit-base-patch16-224:15',
        found: 'facebook-deit-base-patch16-224:20',
      },
    ]);
  });

  it.each([
    [{ cardSha256: '0' }, 'lock-card-changed'],
    [{ wireFormat: 'list' }, 'lock-wire-format-differs'],
  ] as const)('finds %j under the same version', (change, code) => {
    expect(checkLock(lock, { ...lock, ...change })).toMatchObject([{ severity: 'error', code }]);
  });
});

describe('checkModelReference', () => {
  const name = 'facebook-deit-base-patch16-224';
  const found = (text: string, against?: CardLock): string[] =>
    checkModelReference(text, against).map(({ severity, code }) => `${severity} ${code}`);

  it.each([
    [`azureml://registries/azureml/models/${name}/versions/15`, [], []],
    [`azureml://registries/azureml/models/${name}/versions/16`, [], ['error lock-version-differs']],
    [
      `azureml://registries/azureml/models/${name}/labels/latest`,
      ['warning model-not-pinned'],
      ['error model-not-pinned'],
    ],
    [`azureml://registries/azureml/models/${name}`, ['warning model-not-pinned'], ['error model-not-pinned']],
    // Another model, and a model of the workspace: their versions are their own.
    ['azureml://registries/azureml/models/other/versions/16', [], []],
    [`azureml://registries/mine/models/${name}/versions/1`, [], []],
    [`azureml:${name}:1`, [], []],
    [`azureml:${name}@latest`, ['warning model-not-pinned'], ['warning model-not-pinned']],
    [`azureml:${name}`, ['warning model-not-pinned'], ['warning model-not-pinned']],
    ['./model', [], []],
    ['${{parent.inputs.model}}', [], []],
    ['azureml://jobs/j/outputs/o', [], []],
    ['azureml://datastores/d/paths/models/x', [], []],
  ])('%s', (text, without, against) => {
    expect(found(text)).toEqual(without);
    expect(found(text, lock)).toEqual(against);
  });

  it('names the label', () => {
    expect(checkModelReference('azureml:m@latest')[0]?.message).toBe(
      "'azureml:m@latest' follows the label 'latest': pin a version",
    );
    expect(checkModelReference('azureml:m')[0]?.message).toBe("'azureml:m' names no version: pin a version");
  });
});

describe('parseModelReference', () => {
  it.each([
    ['azureml://registries/r/models/m/versions/1', { registry: 'r', name: 'm', version: '1', label: null }],
    ['azureml:m:1', { registry: null, name: 'm', version: '1', label: null }],
    [
      'azureml://subscriptions/s/resourceGroups/g/workspaces/w/models/m/versions/2',
      { registry: null, name: 'm', version: '2', label: null },
    ],
    ['azureml:m:1:2', undefined],
    ['azureml:', undefined],
    ['m:1', undefined],
    ['azureml://registries/r/components/c/versions/1', undefined],
  ])('%s', (text, expected) => {
    expect(parseModelReference(text)).toEqual(expected);
  });
});
