import { AmlDeitError } from '../../errors/index.ts';
import { rowsOf } from './stored-tensor.ts';
import type { StoredTensor, StoredWeights } from './stored-tensor.ts';

type ModelType = 'vit' | 'deit';

/** What wrappers of training put before every name: DataParallel, torch.compile, Lightning. */
const prefixes = ['module.', '_orig_mod.', 'model.'] as const;

/** Parts of a layer under today's module names of transformers, and what `save_pretrained` calls them. */
const moduleParts: Readonly<Record<string, string>> = {
  'attention.q_proj': 'attention.attention.query',
  'attention.k_proj': 'attention.attention.key',
  'attention.v_proj': 'attention.attention.value',
  'attention.o_proj': 'attention.output.dense',
  'mlp.fc1': 'intermediate.dense',
  'mlp.fc2': 'output.dense',
  layernorm_before: 'layernorm_before',
  layernorm_after: 'layernorm_after',
};

/** Parts of a block of timm, which are those of the authors' own code as well. */
const timmParts: Readonly<Record<string, string>> = {
  norm1: 'layernorm_before',
  'attn.proj': 'attention.output.dense',
  norm2: 'layernorm_after',
  'mlp.fc1': 'intermediate.dense',
  'mlp.fc2': 'output.dense',
};

const timmNames: Readonly<Record<string, string>> = {
  cls_token: 'embeddings.cls_token',
  dist_token: 'embeddings.distillation_token',
  pos_embed: 'embeddings.position_embeddings',
  'patch_embed.proj.weight': 'embeddings.patch_embeddings.projection.weight',
  'patch_embed.proj.bias': 'embeddings.patch_embeddings.projection.bias',
  'norm.weight': 'layernorm.weight',
  'norm.bias': 'layernorm.bias',
};

/** Whether the names are timm's. */
export function hasTimmNames(weights: StoredWeights): boolean {
  return weights.tensors.has('patch_embed.proj.weight') && weights.tensors.has('pos_embed');
}

/** Takes away what training wrapped around the model, where it is before every name. */
export function withoutPrefix(weights: StoredWeights): StoredWeights {
  const names = [...weights.tensors.keys()];
  const prefix = prefixes.find((candidate) => names.every((name) => name.startsWith(candidate)));
  if (prefix === undefined) return weights;
  const tensors = new Map<string, StoredTensor>();
  for (const [whole, tensor] of weights.tensors) {
    const name = whole.slice(prefix.length);
    tensors.set(name, { ...tensor, name });
  }
  return withoutPrefix({ ...weights, tensors });
}

/**
 * The tensors under the names that `save_pretrained` writes: today's module names of transformers and timm's are
 * translated, and timm's fused qkv becomes three. A name that is known to neither stays as it is.
 *
 * @throws CHECKPOINT_INVALID when two tensors come to one name.
 */
export function canonicalTensors(
  weights: StoredWeights,
  modelType: ModelType,
): ReadonlyMap<string, StoredTensor> {
  const timm = hasTimmNames(weights);
  const twoHeads = weights.tensors.has('head_dist.weight');
  const tensors = new Map<string, StoredTensor>();
  const origins = new Map<string, string>();
  for (const stored of weights.tensors.values()) {
    const renamed = timm
      ? fromTimm(stored, modelType, twoHeads)
      : [{ ...stored, name: fromModules(stored.name) }];
    for (const tensor of renamed) {
      const other = origins.get(tensor.name);
      if (other !== undefined) {
        throw new AmlDeitError(
          'CHECKPOINT_INVALID',
          `${stored.file}: "${other}" and "${stored.name}" are both the model's "${tensor.name}"`,
          { details: { file: stored.file } },
        );
      }
      origins.set(tensor.name, stored.name);
      tensors.set(tensor.name, tensor);
    }
  }
  return tensors;
}

/** `vit.layers.0.attention.q_proj.weight` → `vit.encoder.layer.0.attention.attention.query.weight` */
function fromModules(name: string): string {
  const [, root, layer, part, kind] = /^(vit|deit)\.layers\.(\d+)\.(.+)\.(weight|bias)$/.exec(name) ?? [];
  const known = part === undefined || !Object.hasOwn(moduleParts, part) ? undefined : moduleParts[part];
  return known === undefined ? name : `${root}.encoder.layer.${layer}.${known}.${kind}`;
}

function fromTimm(tensor: StoredTensor, root: ModelType, twoHeads: boolean): StoredTensor[] {
  const { name } = tensor;
  const renamed = (to: string): StoredTensor[] => [{ ...tensor, name: to }];
  if (Object.hasOwn(timmNames, name)) return renamed(`${root}.${timmNames[name]}`);
  const [, head, headKind] = /^(head|head_dist)\.(weight|bias)$/.exec(name) ?? [];
  if (head === 'head') return renamed(`${twoHeads ? 'cls_classifier' : 'classifier'}.${headKind}`);
  if (head === 'head_dist') return renamed(`distillation_classifier.${headKind}`);
  const [, block, part = '', kind] = /^blocks\.(\d+)\.(.+)\.(weight|bias)$/.exec(name) ?? [];
  const layer = `${root}.encoder.layer.${block}`;
  if (part === 'attn.qkv') return splitQkv(tensor, `${layer}.attention.attention`, kind ?? '');
  const known = Object.hasOwn(timmParts, part) ? timmParts[part] : undefined;
  return known === undefined ? [tensor] : renamed(`${layer}.${known}.${kind}`);
}

/** Rows of query, key and value stand one after the other. */
function splitQkv(tensor: StoredTensor, attention: string, kind: string): StoredTensor[] {
  const [rows = 0] = tensor.shape;
  if (rows === 0 || rows % 3 !== 0) return [tensor];
  return ['query', 'key', 'value'].map((part, index) =>
    rowsOf(tensor, `${attention}.${part}.${kind}`, (index * rows) / 3, rows / 3),
  );
}
