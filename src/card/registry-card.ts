import type { SkuTask } from './card.ts';
import { parsePythonLiteral } from './python-literal.ts';

/** Where a model's metadata keeps the facts: version 15 in tags and properties, version 20 in system metadata. */
export type MetadataLayout = 'tags-and-properties' | 'system-metadata';

/** `columns`: the table of version 15 and older; `list`: the bare list of 16 and newer. */
export type WireFormatName = 'columns' | 'list';

/** What a model's metadata states, whichever layout it has. null is what it does not state. */
export interface RegistryCard {
  readonly registry: string | null;
  readonly name: string | null;
  readonly version: string | null;
  readonly layout: MetadataLayout;
  readonly wireFormat: WireFormatName | null;
  readonly sha: string | null;
  readonly license: string | null;
  readonly publisher: string | null;
  readonly trainingDataset: string | null;
  readonly sharedComputeCapacity: boolean | null;
  readonly preview: boolean;
  readonly finetuneTasks: readonly string[] | null;
  readonly allowLists: Readonly<Record<SkuTask, readonly string[] | null>>;
  readonly recommended: Readonly<Record<SkuTask, readonly string[] | null>>;
  /** In the registry's form, `4|1|28|176`. */
  readonly minimumSpecs: Readonly<Record<SkuTask, string | null>>;
  readonly modelSpecificDefaults: Readonly<Record<string, string>> | null;
}

/** The name of the one model whose versions aml-deit knows. */
const deitName = 'facebook-deit-base-patch16-224';

/** The request and response that a registry version of DeiT base speaks; null for what is no version number. */
export function wireFormatOfVersion(version: string): WireFormatName | null {
  return /^\d{1,6}$/.test(version) ? (Number(version) <= 15 ? 'columns' : 'list') : null;
}

/**
 * Reads a model's metadata in either layout: the registry's spec.yaml, what `az ml model show` prints, or the body
 * that ARM answers. undefined where there is no metadata of a model in it.
 */
export function readRegistryCard(document: unknown): RegistryCard | undefined {
  // ARM puts the whole into `properties`.
  const inner = member(document, 'properties');
  const body =
    member(inner, 'tags') !== undefined && member(inner, 'properties') !== undefined ? inner : document;
  const tags = member(body, 'tags');
  const properties = member(body, 'properties');
  const system = member(body, 'system_metadata', 'systemMetadata');
  const sku = member(system, 'SKU', 'sku');
  const computes = member(system, 'supportedComputes');
  if (sku === undefined && computes === undefined && !hasCardFacts(tags, properties)) return undefined;

  // The id comes first: the `name` of ARM's body is the version.
  const id = text(member(document, 'id')) ?? '';
  const reference =
    /(?:registries\/(?<registry>[^/]+)\/)?models\/(?<name>[^/]+)\/versions\/(?<version>[^/]+)$/i.exec(
      id,
    )?.groups;
  const name = reference?.name ?? text(member(document, 'name'));
  const version = reference?.version ?? text(member(document, 'version'));
  return {
    registry: reference?.registry ?? text(member(document, 'registry')),
    name,
    version,
    layout: sku === undefined && computes === undefined ? 'tags-and-properties' : 'system-metadata',
    wireFormat: wireFormat(body, name, version),
    sha: text(member(properties, 'SHA')),
    license: text(member(system, 'license')) ?? text(member(tags, 'license')),
    publisher: text(member(system, 'publisher')) ?? text(member(tags, 'author')),
    trainingDataset: text(member(system, 'trainingDataset') ?? member(tags, 'training_dataset')),
    sharedComputeCapacity: flag(
      member(system, 'sharedComputeCapacityEnabled') ?? member(properties, 'SharedComputeCapacityEnabled'),
    ),
    preview: member(tags, 'Preview') !== undefined,
    finetuneTasks: list(
      member(member(system, 'tasks'), 'fineTuningTasks') ?? member(properties, 'finetuning-tasks'),
    ),
    allowLists: byTask((task) =>
      list(member(computes, `${task}Computes`) ?? member(tags, `${task}_compute_allow_list`)),
    ),
    recommended: byTask((task) =>
      list(member(sku, `${task}RecommendedSkus`) ?? member(properties, `${task}-recommended-sku`)),
    ),
    minimumSpecs: byTask((task) =>
      text(member(sku, `${task}MinSkuSpec`) ?? member(properties, `${task}-min-sku-spec`)),
    ),
    modelSpecificDefaults: textMap(member(tags, 'model_specific_defaults')),
  };
}

function hasCardFacts(tags: unknown, properties: unknown): boolean {
  return ['inference', 'finetune', 'evaluation'].some(
    (task) =>
      member(tags, `${task}_compute_allow_list`) !== undefined ||
      member(properties, `${task}-min-sku-spec`) !== undefined,
  );
}

/** The flavours say it of any model; of DeiT base the version does. */
function wireFormat(body: unknown, name: string | null, version: string | null): WireFormatName | null {
  if (member(member(body, 'flavors'), 'transformers') !== undefined) return 'list';
  return name === deitName && version !== null ? wireFormatOfVersion(version) : null;
}

function byTask<T>(read: (task: SkuTask) => T): Record<SkuTask, T> {
  return { inference: read('inference'), finetune: read('finetune'), evaluation: read('evaluation') };
}

/** The first of the names that the mapping has. */
function member(mapping: unknown, ...names: readonly string[]): unknown {
  if (typeof mapping !== 'object' || mapping === null || Array.isArray(mapping)) return undefined;
  const name = names.find((candidate) => Object.hasOwn(mapping, candidate));
  return name === undefined ? undefined : (mapping as Record<string, unknown>)[name];
}

function text(value: unknown): string | null {
  if (typeof value === 'string') return value.trim() === '' ? null : value.trim();
  return typeof value === 'number' ? String(value) : null;
}

function flag(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value;
  const word = text(value)?.toLowerCase();
  return word === 'true' ? true : word === 'false' ? false : null;
}

/** A list, Python's or JSON's text of one, or names with commas between. */
function list(value: unknown): readonly string[] | null {
  const written = text(value);
  const items = Array.isArray(value) ? (value as unknown[]) : parseList(written);
  if (items === undefined) return null;
  return items.flatMap((item) => text(item) ?? []);
}

function parseList(written: string | null): unknown[] | undefined {
  if (written === null) return undefined;
  const literal = parsePythonLiteral(written);
  return Array.isArray(literal) ? literal : written.split(',');
}

function textMap(value: unknown): Readonly<Record<string, string>> | null {
  const map = typeof value === 'string' ? parsePythonLiteral(value) : value;
  if (typeof map !== 'object' || map === null || Array.isArray(map)) return null;
  return Object.fromEntries(
    Object.entries(map).map(([name, item]) => [name, text(item) ?? String(item)] as const),
  );
}
