import { dirname } from 'node:path';
import type { DocumentKind } from '../kinds/kind.ts';
import { hasPlaceholder } from '../placeholder.ts';
import type { YamlNode } from '../yaml-tree.ts';
import { nearMiss } from './near-miss.ts';
import type { SetMember, SetRule } from './set-rule.ts';

type AssetKind = 'model' | 'environment' | 'data' | 'component' | 'compute';

const definedBy: Readonly<Partial<Record<DocumentKind, AssetKind>>> = {
  model: 'model',
  environment: 'environment',
  data: 'data',
  commandComponent: 'component',
  pipelineComponent: 'component',
  amlCompute: 'compute',
};

/** What the value of a key refers to. */
const referredBy: Readonly<Record<string, readonly AssetKind[]>> = {
  model: ['model'],
  environment: ['environment'],
  component: ['component'],
  compute: ['compute'],
  default_compute: ['compute'],
  path: ['data', 'model'],
};

interface Definition {
  readonly member: SetMember;
  readonly is: AssetKind;
  readonly name: string;
  readonly version: string | undefined;
}

/** `azureml:NAME:VERSION` against the documents of the run that define assets. */
export const assetReferenceRule: SetRule = {
  name: 'asset-reference',
  codes: ['near-miss-reference', 'set-version'],
  check(set) {
    const definitions = new Definitions(set.members.flatMap(definitionOf));
    if (definitions.isEmpty) return;
    for (const member of set.members) {
      if (!member.document.text.source.includes('azureml:')) continue;
      for (const { path, is, text } of references(member.document.root, [])) {
        checkReference({ member, path, is, text }, definitions);
      }
    }
  },
};

/** Looked up by every reference of every document. */
class Definitions {
  readonly isEmpty: boolean;
  readonly #names = new Set<string>();
  readonly #beside = new Map<string, Definition[]>();

  constructor(definitions: readonly Definition[]) {
    this.isEmpty = definitions.length === 0;
    for (const definition of definitions) {
      this.#names.add(`${definition.is} ${definition.name}`);
      const key = `${definition.is} ${definition.member.directory}`;
      const list = this.#beside.get(key);
      if (list === undefined) this.#beside.set(key, [definition]);
      else list.push(definition);
    }
  }

  has(is: readonly AssetKind[], name: string): boolean {
    return is.some((each) => this.#names.has(`${each} ${name}`));
  }

  beside(is: readonly AssetKind[], directory: string): Definition[] {
    return is.flatMap((each) => this.#beside.get(`${each} ${directory}`) ?? []);
  }
}

function definitionOf(member: SetMember): Definition[] {
  const is = definedBy[member.kind];
  const name = member.document.sound('name');
  if (is === undefined || typeof name !== 'string') return [];
  const version = member.document.sound('version');
  return [{ member, is, name, version: typeof version === 'string' ? version : undefined }];
}

interface Reference {
  readonly path: readonly string[];
  readonly is: readonly AssetKind[];
  readonly text: string;
}

function references(node: YamlNode, path: readonly string[]): Reference[] {
  switch (node.kind) {
    case 'mapping':
      return [...node.entries.values()].flatMap(({ name, value }) => references(value, [...path, name]));
    case 'sequence':
      return node.items.flatMap((item, index) => references(item, [...path, String(index)]));
    case 'scalar': {
      const key = path.at(-1) ?? '';
      const is = Object.hasOwn(referredBy, key) ? referredBy[key] : undefined;
      const isReference =
        is !== undefined && /^azureml:[^/]/.test(node.source) && !hasPlaceholder(node.source);
      return isReference ? [{ path, is, text: node.source }] : [];
    }
  }
}

function checkReference(
  { member, path, is, text }: Reference & { readonly member: SetMember },
  definitions: Definitions,
): void {
  const { document, directory } = member;
  const [, name = '', version] = /^azureml:([^:@]+)(?::([^:@]+))?/.exec(text) ?? [];
  const beside = definitions.beside(is, directory);
  const named = beside.filter((definition) => definition.name === name);
  if (named.length > 0) {
    const versions = named.map((definition) => definition.version);
    if (version === undefined || versions.includes(undefined) || versions.includes(version)) return;
    const [first] = named;
    const message = `${path.join('.')} is '${text}', and ${fileName(first)} defines version ${versions.join(' and ')} of ${name}`;
    if (document.sound(...path) !== undefined) document.warning('set-version', message, ...path);
    return;
  }
  // A name that is defined elsewhere in the run is no slip of the pen.
  if (definitions.has(is, name)) return;
  const near = nearMiss(
    name,
    beside.map((definition) => definition.name),
  );
  if (near === undefined || document.sound(...path) === undefined) return;
  const definition = beside.find((each) => each.name === near);
  const message = `${path.join('.')} is '${text}', and ${fileName(definition)} defines ${near}: did you mean that?`;
  document.report({ severity: 'warning', code: 'near-miss-reference', message, path, suggestion: near });
}

function fileName(definition: Definition | undefined): string {
  const file = definition?.member.document.file ?? '';
  const folder = dirname(file);
  return folder === '.' ? file : file.slice(folder.length + 1);
}
