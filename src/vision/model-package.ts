import type { ImageSize, Preprocessing } from './preprocessing.ts';

/** The manifest of a model package, `aml-deit.json`: what is pushed and what the container loads. */
export interface ModelManifest {
  readonly schemaVersion: 1;
  /** For people: the Hugging Face id if the checkpoint's config names one, else the source folder's name. */
  readonly name: string;
  readonly task: 'multiclass' | 'multilabel';
  /** In id2label order; logits column i is labels[i]. */
  readonly labels: readonly string[];
  readonly profile: 'checkpoint' | 'card' | 'deit' | 'timm';
  readonly preprocessing: Preprocessing;
  readonly precision: 'fp32' | 'int8';
  /** Of an int8 package: how far its answers are those of the float32 model. */
  readonly quantization?: {
    readonly method: 'dynamic-per-channel';
    /** Null when it was not measured. */
    readonly agreement: {
      readonly images: number;
      /** Share of pictures with the same answer. */
      readonly top1: number;
      /** Differences of probabilities. */
      readonly maxDelta: number;
      readonly meanDelta: number;
    } | null;
  };
  readonly architecture: {
    readonly modelType: 'vit' | 'deit';
    readonly imageSize: ImageSize;
    readonly patchSize: ImageSize;
    readonly channels: 1 | 3;
    readonly hiddenSize: number;
    readonly layers: number;
    readonly heads: number;
    readonly intermediateSize: number;
  };
  readonly graph: {
    readonly opset: number;
    /** float32 [batch, channels, height, width]. */
    readonly input: 'pixel_values';
    /** float32 [batch, labels]. */
    readonly logits: 'logits';
    /** float32 [batch, hiddenSize]: the final layer norm's CLS row, what the classifier sees. */
    readonly features: 'features';
  };
  readonly source: {
    readonly directory: string;
    readonly weightsSha256: string;
    /** Where the checkpoint was fetched from, to the commit or version: `hf:OWNER/NAME@COMMIT`. */
    readonly uri?: string;
  };
  readonly exporter: { readonly name: 'aml-deit'; readonly version: string };
  /** Every file of the package but the manifest, by name. */
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>;
}

export const manifestFileName = 'aml-deit.json';
