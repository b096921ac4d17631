import { hasEvidence, namesAzure } from './has-evidence.ts';
import { kindDefinitions } from './kinds/index.ts';
import type { KindDefinition } from './kinds/kind.ts';
import { isAzureSchema, otherAzureKind } from './known-kinds.ts';
import { scalarText } from './yaml-tree.ts';
import type { YamlMapping } from './yaml-tree.ts';

export type DetectedKind =
  | {
      readonly is: 'kind';
      readonly definition: KindDefinition;
      /** What `$schema` says instead, where it is wrong. */
      readonly contradicts?: string;
    }
  /** Azure ML has such documents and aml-deit does not check them. */
  | { readonly is: 'not-checked'; readonly name: string }
  | { readonly is: 'unknown' };

/** A document that has this much of a kind's own is one, whatever it says about itself. */
const certain = 10;

/**
 * The kind of a document: what its `$schema` says unless its content contradicts that, else what it looks like. Where
 * the file's `text` names nothing of Azure, looks must be backed by evidence: it may be another tool's. Without `text`
 * it is known to be for Azure.
 */
export function detectKind(root: YamlMapping, file: string, text?: string): DetectedKind {
  let best: { readonly definition: KindDefinition; readonly score: number } | undefined;
  let named: typeof best;
  const name = schemaName(root);
  const wanted = name?.toLowerCase();
  for (const definition of kindDefinitions) {
    const score = definition.looksLike(root, file);
    if (score > (best?.score ?? 0)) best = { definition, score };
    if (wanted !== undefined && definition.schemaNames.some((each) => each.toLowerCase() === wanted)) {
      if (named === undefined || score > named.score) named = { definition, score };
    }
  }
  const isCertain = best !== undefined && best.score >= certain;
  if (named !== undefined && name !== undefined) {
    if (named.score > 0) return { is: 'kind', definition: named.definition };
    const other = otherAzureKind(root);
    if (isCertain && best !== undefined)
      return { is: 'kind', definition: best.definition, contradicts: name };
    return other === undefined
      ? { is: 'kind', definition: named.definition }
      : { is: 'not-checked', name: other };
  }
  if (name !== undefined && isAzureSchema(name, scalarText(root, '$schema') ?? '')) {
    return { is: 'not-checked', name };
  }
  const other = otherAzureKind(root);
  if (isCertain && best !== undefined) {
    const { definition } = best;
    const isSure = text === undefined || namesAzure(text) || hasEvidence(definition.kind, root, file);
    if (isSure) return { is: 'kind', definition };
  }
  return other === undefined ? { is: 'unknown' } : { is: 'not-checked', name: other };
}

/** The last part of the `$schema` URL, without its extension: hosts and versions do not matter. */
function schemaName(root: YamlMapping): string | undefined {
  const url = scalarText(root, '$schema')?.trim();
  return url === undefined ? undefined : /([^/\\#?]+?)(?:\.schema)?\.json(?:[?#].*)?$/i.exec(url)?.[1];
}
