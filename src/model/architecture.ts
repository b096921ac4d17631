import type { ImageSize } from '../vision/index.ts';

/** The activation of the MLP; each is an exact operator of the graph. */
export type Activation = 'gelu' | 'gelu-tanh' | 'relu';

/** What decides a ViT's or DeiT's tensors and graph. */
export interface Architecture {
  readonly modelType: 'vit' | 'deit';
  readonly imageSize: ImageSize;
  readonly patchSize: ImageSize;
  readonly channels: 1 | 3;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly intermediateSize: number;
  readonly labels: number;
  /** 2 for a DeiT with a head on the distillation token as well; the answer is the mean of both. */
  readonly classifiers: 1 | 2;
  readonly qkvBias: boolean;
  readonly activation: Activation;
  readonly layerNormEpsilon: number;
}

/** Patches down and across; a rest at the right and lower edge is cut off, as a convolution without padding does. */
export function gridSize({ imageSize, patchSize }: Pick<Architecture, 'imageSize' | 'patchSize'>): ImageSize {
  return {
    height: Math.floor(imageSize.height / patchSize.height),
    width: Math.floor(imageSize.width / patchSize.width),
  };
}

/** Tokens before the patches: CLS, and for DeiT the distillation token. */
export function prefixTokens(architecture: Architecture): number {
  return architecture.modelType === 'deit' ? 2 : 1;
}

export function sequenceLength(architecture: Architecture): number {
  const grid = gridSize(architecture);
  return grid.height * grid.width + prefixTokens(architecture);
}

/** The two tensors of a linear layer, a convolution or a normalisation. */
export interface AffineNames {
  readonly weight: string;
  readonly bias: string;
}

/** Tensor names as transformers' `save_pretrained` writes them. */
export function tensorNames(architecture: Pick<Architecture, 'modelType' | 'layers'>) {
  const root = architecture.modelType;
  const affine = (name: string): AffineNames => ({ weight: `${name}.weight`, bias: `${name}.bias` });
  return {
    clsToken: `${root}.embeddings.cls_token`,
    distillationToken: `${root}.embeddings.distillation_token`,
    positions: `${root}.embeddings.position_embeddings`,
    patches: affine(`${root}.embeddings.patch_embeddings.projection`),
    layer(index: number) {
      const layer = `${root}.encoder.layer.${index}`;
      return {
        normBefore: affine(`${layer}.layernorm_before`),
        query: affine(`${layer}.attention.attention.query`),
        key: affine(`${layer}.attention.attention.key`),
        value: affine(`${layer}.attention.attention.value`),
        attentionOutput: affine(`${layer}.attention.output.dense`),
        normAfter: affine(`${layer}.layernorm_after`),
        expand: affine(`${layer}.intermediate.dense`),
        contract: affine(`${layer}.output.dense`),
      };
    },
    norm: affine(`${root}.layernorm`),
    /** Of the CLS token, then of the distillation token. */
    classifiers: {
      1: [affine('classifier')],
      2: [affine('cls_classifier'), affine('distillation_classifier')],
    },
  };
}

/** Every tensor that the architecture has, with its shape. */
export function tensorShapes(architecture: Architecture): Map<string, readonly number[]> {
  const { hiddenSize: width, intermediateSize, patchSize, channels } = architecture;
  const names = tensorNames(architecture);
  const shapes = new Map<string, readonly number[]>();
  const addAffine = (name: AffineNames, shape: readonly number[]): void => {
    shapes.set(name.weight, shape);
    shapes.set(name.bias, shape.slice(0, 1));
  };
  shapes.set(names.clsToken, [1, 1, width]);
  if (architecture.modelType === 'deit') shapes.set(names.distillationToken, [1, 1, width]);
  shapes.set(names.positions, [1, sequenceLength(architecture), width]);
  addAffine(names.patches, [width, channels, patchSize.height, patchSize.width]);
  for (let index = 0; index < architecture.layers; index += 1) {
    const layer = names.layer(index);
    for (const projection of [layer.query, layer.key, layer.value]) {
      shapes.set(projection.weight, [width, width]);
      if (architecture.qkvBias) shapes.set(projection.bias, [width]);
    }
    addAffine(layer.attentionOutput, [width, width]);
    addAffine(layer.normBefore, [width]);
    addAffine(layer.normAfter, [width]);
    addAffine(layer.expand, [intermediateSize, width]);
    addAffine(layer.contract, [width, intermediateSize]);
  }
  addAffine(names.norm, [width]);
  for (const head of names.classifiers[architecture.classifiers])
    addAffine(head, [architecture.labels, width]);
  return shapes;
}
