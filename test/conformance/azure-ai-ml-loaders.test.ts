import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkFile, fileDiagnostics } from '../../src/documents/check-file.ts';
import { documentKinds } from '../../src/documents/kinds/index.ts';
import type { DocumentKind } from '../../src/documents/kinds/kind.ts';
import { parseYaml } from '../../src/documents/parse-yaml.ts';
import { documentSchema } from '../../src/documents/schema.ts';
import { toValue } from '../../src/documents/yaml-tree.ts';
import { AzureAiMl } from '../helpers/azure-ai-ml.ts';
import type { LoadRequest, LoadVerdict } from '../helpers/azure-ai-ml.ts';
import { fixtureFiles } from '../helpers/document-fixtures.ts';
import { variationsOf } from './document-variations.ts';
import { loaderDisagreements } from './loader-disagreements.ts';
import type { LoaderDisagreement } from './loader-disagreements.ts';

/** Azure's client has no loader for these. */
const ownKinds: ReadonlySet<DocumentKind> = new Set(['mltable', 'deepspeedConfig', 'config']);

interface Compared extends LoadRequest {
  readonly kind: DocumentKind;
  /** For the table and for messages. */
  readonly name: string;
}

function check({ kind, file, text }: Compared): { code: string; message: string }[] {
  const checked = checkFile({
    text: text ?? readFileSync(file, 'utf8'),
    file,
    kind,
    suppliable: 'error',
    asOf: '2026-11-23',
    directory: dirname(file),
    files: fixtureFiles,
  });
  return fileDiagnostics(checked).filter(({ severity }) => severity === 'error');
}

function isKind(name: string): name is DocumentKind {
  return Object.hasOwn(documentKinds, name);
}

/** Files of ours that are documents of Azure's, as the kind that we take them for. */
function ownFiles(): Compared[] {
  const folders = ['test/fixtures/documents', 'test/golden/generate', 'examples'];
  return folders
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((path) => path.endsWith('.yml'))
        .map((path) => resolve(folder, path)),
    )
    .sort()
    .flatMap((file) => {
      const name = relative('.', file).replaceAll('\\', '/');
      const [, folder = ''] = /^test\/fixtures\/documents\/([^/]+)\/(?:in)?valid\//.exec(name) ?? [];
      const text = readFileSync(file, 'utf8');
      const seen = checkFile({ text, file, asOf: '2026-11-23' }).kind;
      const kind = isKind(folder) ? folder : seen;
      return kind === null || ownKinds.has(kind) ? [] : [{ kind, file, name }];
    });
}

const bases = 'test/conformance/documents';
/** Where Azure's client takes 30 ms and more to refuse a document. */
const slowKinds: ReadonlySet<string> = new Set([
  'pipelineJob',
  'pipelineComponent',
  'commandJob',
  'commandComponent',
]);

/** `KIND.yml` and `KIND-variant.yml` with everything that the kind may have. */
function variedDocuments(): Compared[] {
  return readdirSync(bases)
    .filter((file) => file.endsWith('.yml'))
    .sort()
    .flatMap((base) => {
      const kind = base.replace(/[-.].*$/, '');
      if (!isKind(kind)) throw new Error(`${base}: no kind of documents`);
      const [root] = parseYaml(readFileSync(join(bases, base), 'utf8'), base).roots;
      if (root === undefined) throw new Error(`${base}: no document`);
      // The client looks for the file when it refuses a document: one that is not there is refused sooner.
      const file = resolve(bases, 'variation.yml');
      const value = toValue(root);
      const same = { name: `${base} as it is`, text: JSON.stringify(value) };
      return [same, ...variationsOf(value, slowKinds.has(kind) ? 'few' : 'all')].map(({ name, text }) => ({
        kind,
        file,
        text,
        name: name === same.name ? name : `${base} ${name}`,
      }));
    });
}

/** Rows of the table that explain why two verdicts differ; undefined where one of the reasons is missing. */
function explain(
  document: Compared,
  ours: readonly { code: string }[],
  theirs: LoadVerdict,
): LoaderDisagreement[] | undefined {
  const rows = loaderDisagreements.filter(
    ({ kinds, where }) =>
      (kinds === undefined || kinds.includes(document.kind)) &&
      (where === undefined || where.test(document.name)),
  );
  if (theirs === null) {
    const reasons = ours.map(({ code }) =>
      rows.find((row) => row.refuses === 'aml-deit' && row.codes.includes(code)),
    );
    return reasons.every((row) => row !== undefined) ? reasons : undefined;
  }
  const reason = rows.find((row) => row.refuses === 'azure-ai-ml' && row.says.test(theirs));
  return reason === undefined ? undefined : [reason];
}

const used = new Set<LoaderDisagreement>();

/** What differs and is not explained, a line each. */
function differences(documents: readonly Compared[], verdicts: readonly LoadVerdict[]): string[] {
  return documents.flatMap((document, index) => {
    const theirs = verdicts[index] ?? null;
    const ours = check(document);
    if (ours.length > 0 === (theirs !== null)) return [];
    const reasons = explain(document, ours, theirs);
    for (const reason of reasons ?? []) used.add(reason);
    if (reasons !== undefined) return [];
    return theirs === null
      ? [
          `${document.name}: refused by aml-deit alone: ${ours.map(({ code, message }) => `${code}: ${message}`).join('; ')}`,
        ]
      : [`${document.name}: refused by azure-ai-ml alone: ${theirs.slice(0, 600)}`];
  });
}

describe("azure-ai-ml's loaders", () => {
  let client: AzureAiMl;
  beforeAll(async () => {
    client = await AzureAiMl.install();
  });
  afterAll(() => {
    client.dispose();
  });

  it('agree about every document of ours that is one of theirs', async () => {
    const documents = ownFiles();
    expect(documents.length).toBeGreaterThan(100);
    const verdicts = await client.load(documents, 2);
    expect(verdicts.filter((verdict) => verdict === null).length).toBeGreaterThan(50);
    expect(differences(documents, verdicts).join('\n')).toBe('');
  });

  it('agree about every value of every key', async () => {
    const documents = variedDocuments();
    const verdicts = await client.load(documents, 2);
    const unchanged = documents.flatMap(({ name }, index) =>
      name.endsWith(' as it is') ? [`${name}: ${verdicts[index] ?? 'loads'}`] : [],
    );
    expect(unchanged.filter((line) => !line.endsWith(': loads'))).toEqual([]);
    expect(differences(documents, verdicts).join('\n')).toBe('');
  });

  it('disagree in every way that the table names', () => {
    expect(loaderDisagreements.filter((row) => !used.has(row)).map(({ reason }) => reason)).toEqual([]);
  });

  it('are asked about every kind that they know', () => {
    const asked = new Set(variedDocuments().map(({ kind }) => kind));
    expect(
      Object.keys(documentKinds).filter((kind) => isKind(kind) && !ownKinds.has(kind) && !asked.has(kind)),
    ).toEqual([]);
  });

  it('are asked about every key that a document may have', () => {
    const given = new Map<string, Set<string>>();
    for (const base of readdirSync(bases).filter((file) => file.endsWith('.yml'))) {
      const kind = base.replace(/[-.].*$/, '');
      const [root] = parseYaml(readFileSync(join(bases, base), 'utf8'), base).roots;
      const keys = given.get(kind) ?? new Set<string>(['$schema']);
      for (const key of Object.keys(root === undefined ? {} : (toValue(root) as object))) keys.add(key);
      given.set(kind, keys);
    }
    const missing = [...given].flatMap(([kind, keys]) =>
      Object.keys(documentSchema(kind as DocumentKind).root.properties ?? {})
        .filter((key) => !keys.has(key))
        .map((key) => `${kind}: ${key}`),
    );
    expect(missing).toEqual([]);
  });
});
