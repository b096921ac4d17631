import type { BlobPlace } from '../storage/blob-url.ts';

/** A job as it is run: every reference looked up, every expression read. Made by `compileJob`. */

export type DataType =
  'uri_file' | 'uri_folder' | 'mltable' | 'custom_model' | 'mlflow_model' | 'triton_model';

/** `direct` hands over the address; everything else is downloaded: there are no mounts on a laptop. */
export type DeliveryMode = 'download' | 'direct';

/** Where the value of an input comes from. */
export type InputSource =
  /** Text that may hold `${{parent.inputs.x}}` between other text. */
  | { readonly from: 'literal'; readonly text: string }
  | { readonly from: 'data'; readonly dataType: DataType; readonly uri: string; readonly mode: DeliveryMode }
  | { readonly from: 'parentInput'; readonly name: string; readonly mode: DeliveryMode | null }
  | {
      readonly from: 'nodeOutput';
      readonly node: string;
      readonly output: string;
      readonly mode: DeliveryMode | null;
    };

export interface OutputAsset {
  readonly name: string;
  /** null: the next one. */
  readonly version: string | null;
}

export interface OutputSpec {
  readonly dataType: DataType;
  readonly mode: 'upload' | 'direct';
  /** null: the workspace's own place for outputs. */
  readonly uri: string | null;
  /** The output of the pipeline around it that this one is. */
  readonly boundTo: string | null;
  readonly asset: OutputAsset | null;
}

export type DistributionSpec =
  | { readonly type: 'none' }
  | { readonly type: 'pytorch' | 'mpi'; readonly processCountPerInstance: number }
  | { readonly type: 'tensorflow'; readonly workerCount: number; readonly parameterServerCount: number };

interface StepSpec {
  readonly displayName: string | null;
  readonly componentId: string | null;
  readonly inputs: Readonly<Record<string, InputSource>>;
  readonly outputs: Readonly<Record<string, OutputSpec>>;
  /** Null is the workspace's serverless compute. */
  readonly compute: string | null;
  readonly tags: Readonly<Record<string, string>>;
}

export interface CommandSpec extends StepSpec {
  readonly kind: 'command';
  readonly command: string;
  /** The code snapshot, which becomes the working directory; null: an empty one. */
  readonly code: BlobPlace | null;
  readonly environmentId: string | null;
  readonly environmentVariables: Readonly<Record<string, string>>;
  readonly instanceCount: number;
  readonly distribution: DistributionSpec;
  /** null: no limit. */
  readonly timeoutMs: number | null;
}

export interface PipelineSpec extends StepSpec {
  readonly kind: 'pipeline';
  /** In an order that respects their dependencies. */
  readonly nodes: readonly NodeSpec[];
  readonly continueOnStepFailure: boolean;
}

export interface NodeSpec {
  readonly name: string;
  readonly step: CommandSpec | PipelineSpec;
  /** Nodes whose outputs this one reads. */
  readonly dependsOn: readonly string[];
}

export type JobSpec = CommandSpec | PipelineSpec;

export function isDataType(word: string): word is DataType {
  return ['uri_file', 'uri_folder', 'mltable', 'custom_model', 'mlflow_model', 'triton_model'].includes(word);
}

export function isModelType(type: DataType): boolean {
  return type.endsWith('_model');
}
