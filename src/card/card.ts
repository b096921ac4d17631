import cardJson from './card.json' with { type: 'json' };
import { parseMinimumSpec } from './minimum-spec.ts';
import type { MinimumSpec } from './minimum-spec.ts';
import { evaluationSkus, finetuneSkus, inferenceSkus } from './sku-names.ts';
import type { EvaluationSku, FinetuneSku, InferenceSku } from './sku-names.ts';

/** What a VM size is used for; each has an allow-list and a minimum spec of its own on the card. */
export type SkuTask = 'inference' | 'finetune' | 'evaluation';

export const skuTasks = ['inference', 'finetune', 'evaluation'] as const satisfies readonly SkuTask[];

/** One request and response form of the model, with example documents as the card words them. */
export interface WireFormat {
  /** The registry versions that speak it. */
  readonly modelVersions: string;
  /** Whether the card of version 15 states it. */
  readonly stated: boolean;
  readonly request: unknown;
  readonly response: unknown;
  readonly images: string;
  readonly answer: string;
}

/** A preprocessing that some source states for this model. */
export interface StatedPreprocessing {
  readonly source: string;
  readonly resize: {
    readonly mode: string;
    readonly height?: number;
    readonly width?: number;
    readonly size?: number;
  };
  readonly resample: string;
  readonly crop: { readonly height: number; readonly width: number } | null;
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** The model card of facebook-deit-base-patch16-224, version 15. */
export interface Card {
  /** The asset id, `azureml://registries/azureml/models/…/versions/15`. */
  readonly id: string;
  readonly name: string;
  readonly registry: string;
  readonly version: string;
  readonly sha: string;
  readonly license: string;
  readonly author: string;
  /** `mlflow_model`: what the registry holds. */
  readonly type: string;
  readonly studioUrl: string;
  readonly huggingFaceModelId: string;
  readonly task: string;
  readonly trainingDataset: string;
  /** As the registry holds them: `model_specific_defaults` are texts, not booleans. */
  readonly tags: {
    readonly Preview: string;
    readonly huggingface_model_id: string;
    readonly license: string;
    readonly model_specific_defaults: { readonly apply_deepspeed: string; readonly apply_ort: string };
    readonly task: string;
    readonly training_dataset: string;
    readonly SharedComputeCapacityEnabled: string;
    readonly author: string;
    readonly inference_compute_allow_list: readonly InferenceSku[];
    readonly evaluation_compute_allow_list: readonly EvaluationSku[];
    readonly finetune_compute_allow_list: readonly FinetuneSku[];
  };
  readonly properties: {
    readonly SharedComputeCapacityEnabled: string;
    readonly SHA: string;
    readonly 'evaluation-min-sku-spec': string;
    readonly 'evaluation-recommended-sku': string;
    readonly 'finetune-min-sku-spec': string;
    readonly 'finetune-recommended-sku': string;
    readonly 'finetuning-tasks': string;
    readonly 'inference-min-sku-spec': string;
    readonly 'inference-recommended-sku': string;
  };
  /** Names in the card's order and spelling. */
  readonly allowLists: {
    readonly inference: readonly InferenceSku[];
    readonly finetune: readonly FinetuneSku[];
    readonly evaluation: readonly EvaluationSku[];
  };
  readonly minimumSpecs: Readonly<Record<SkuTask, MinimumSpec>>;
  /** The card's `model_specific_defaults`, which nothing applies unless the job itself says them. */
  readonly finetuneDefaults: { readonly apply_deepspeed: string; readonly apply_ort: string };
  /** What the card claims of the model, in percent. */
  readonly figures: {
    readonly dataset: string;
    readonly top1Percent: number;
    readonly top5Percent: number;
    readonly parametersMillions: number;
    readonly imageSize: number;
    readonly classes: number;
  };
  readonly wireFormats: readonly WireFormat[];
  readonly preprocessing: {
    /** The profile that the card's text states. */
    readonly stated: string;
    /** The profile that the published checkpoint carries. */
    readonly used: string;
    readonly profiles: Readonly<Record<string, StatedPreprocessing>>;
  };
}

export const card: Card = {
  ...cardJson,
  tags: {
    ...cardJson.tags,
    inference_compute_allow_list: inferenceSkus,
    evaluation_compute_allow_list: evaluationSkus,
    finetune_compute_allow_list: finetuneSkus,
  },
  allowLists: { inference: inferenceSkus, finetune: finetuneSkus, evaluation: evaluationSkus },
  minimumSpecs: {
    inference: parseMinimumSpec(cardJson.properties['inference-min-sku-spec']),
    finetune: parseMinimumSpec(cardJson.properties['finetune-min-sku-spec']),
    evaluation: parseMinimumSpec(cardJson.properties['evaluation-min-sku-spec']),
  },
  finetuneDefaults: cardJson.tags.model_specific_defaults,
};
