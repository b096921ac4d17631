import type { InferenceSku } from '../../card/index.ts';
import type { ActionContext } from '../../io/index.ts';
import type { DesiredProbe, DesiredRequestSettings, PlanStep } from '../../rollout/index.ts';
import type { ConnectOptions } from '../connect.ts';

/** What is to be deployed, by options, by the YAML files of endpoint and deployment, or both: options win. */
export interface DeployOnlineOptions extends ConnectOptions, ActionContext {
  /** A model package directory, or a registered model `azureml:NAME:VERSION`. */
  readonly model?: string;
  /** Name to register a package under; made from the package's own name by default. */
  readonly modelName?: string;
  /**
   * `container`: our scoring image with a model package. `registry`: the registry's MLflow model by reference,
   * without an image; `model` may name another version (`azureml://registries/…`).
   */
  readonly serving?: 'container' | 'registry';
  readonly endpoint?: string;
  readonly sku?: InferenceSku;
  /** The scoring image. Default: the twin's own; Azure needs one that was pushed to a registry. */
  readonly image?: string;
  readonly instanceCount?: number;
  /** YAML of an endpoint and of a deployment, one each at most. */
  readonly files?: readonly string[];
  readonly requestSettings?: DesiredRequestSettings;
  readonly livenessProbe?: DesiredProbe;
  readonly readinessProbe?: DesiredProbe;
  readonly environmentVariables?: Readonly<Record<string, string>>;
  /** Where the container may fetch pictures from: `off`, `public` (its default), or hosts separated by commas. */
  readonly urls?: string;
  readonly authMode?: 'Key' | 'AMLToken' | 'AADToken';
  readonly description?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** The day by which sizes are judged; today by default. */
  readonly asOf?: Date;
  /** Pictures for the smoke test; a drawn one by default. */
  readonly smokeImages?: readonly string[];
}

export interface ApplyOptions {
  /** Leaves a failed revision where it is, for looking at it. */
  readonly keepFailed?: boolean;
  /** For each long-running operation; default 45 minutes. */
  readonly timeoutMs?: number;
  /** Called before and after each step; what it throws ends the run there. */
  readonly onStep?: (event: StepEvent) => void | Promise<void>;
}

export interface StepEvent {
  readonly when: 'before' | 'after';
  readonly step: PlanStep;
}
