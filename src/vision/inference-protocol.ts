import type { ErrorCode } from '../errors/index.ts';
import type { Provider } from './provider.ts';

/** What `startInference` sends to the inference process. */
export type InferenceRequest =
  | {
      readonly type: 'load';
      readonly graphFile: string;
      readonly threads: number;
      /** Channels, height and width of a picture's tensor. */
      readonly input: readonly [number, number, number];
      readonly provider: Provider;
      /** Columns of the two outputs: checked by the warm-up. */
      readonly labels: number;
      readonly hiddenSize: number;
      /** One run of each batch size before `ready`. */
      readonly warmUpBatches: readonly number[];
    }
  | { readonly type: 'run'; readonly id: number; readonly pixels: Float32Array; readonly count: number };

/** What the inference process answers. */
export type InferenceReply =
  | {
      readonly type: 'ready';
      readonly provider: Exclude<Provider, 'auto'>;
      /** Why it is not the one that was asked for. */
      readonly providerWarning?: string;
      /** How long each batch of the warm-up took. */
      readonly warmUp: readonly { readonly images: number; readonly ms: number }[];
    }
  | {
      readonly type: 'load-failed';
      readonly code: ErrorCode;
      readonly message: string;
      readonly hint?: string;
    }
  | {
      readonly type: 'output';
      readonly id: number;
      readonly logits: Float32Array;
      readonly features: Float32Array;
      /** Of the run alone. */
      readonly ms: number;
    }
  | { readonly type: 'run-failed'; readonly id: number; readonly message: string };
