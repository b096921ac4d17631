import type { ActionContext } from '../../io/index.ts';
import type { BatchStep } from '../../rollout/index.ts';
import type { ConnectOptions } from '../connect.ts';

/** What a batch endpoint is to run. Everything can also come from YAML; what is given here wins. */
export interface DeployBatchOptions extends ConnectOptions, ActionContext {
  /** YAML of the endpoint, the deployment, the cluster; components are found from the deployment's. */
  readonly files?: readonly string[];
  /** Default: `batch_endpoint` of aml-deit.yml. */
  readonly endpoint?: string;
  /** Name of the first deployment; revisions are named after it. */
  readonly deployment?: string;
  /** `container` (default): our scoring image on every node; `registry`: the registry's MLflow model. */
  readonly serving?: 'container' | 'registry';
  /** A model package, or `azureml:NAME:VERSION`; a registry's model for `registry`, where the card's is the default. */
  readonly model?: string;
  readonly modelName?: string;
  /** The scoring image; the twin knows aml-deit's own. */
  readonly image?: string;
  /** Name of the cluster, `deit-cpu` by default; `serverless` for none. */
  readonly compute?: string;
  /** VM size: of a cluster that is made, or of serverless nodes. */
  readonly sku?: string;
  /** Machines that share a job's pictures; 2 by default. */
  readonly instanceCount?: number;
  /** Of a cluster that is made: 0 by default. */
  readonly minNodes?: number;
  /** Of a cluster that is made: as many as the instances by default. */
  readonly maxNodes?: number;
  /** How long a machine waits for the next job before it goes; 120 by default. */
  readonly idleSeconds?: number;
  /** A count, or for `container` also a share such as `5%`; -1 for no limit. */
  readonly errorThreshold?: string;
  /** `container`: classes of a row, 5 by default, or `all`. */
  readonly topK?: number | 'all';
  /** `container`: the CLS features instead of classes. */
  readonly features?: boolean;
  /** `registry`: files of one call; 10 by default. */
  readonly miniBatchSize?: number;
  /** `registry`: further tries of a mini-batch; 3 by default. */
  readonly maxRetries?: number;
  readonly asOf?: Date;
  /** Of each operation of the service; 45 minutes by default. */
  readonly timeoutMs?: number;
  /** Called before and after each step. */
  readonly onStep?: (event: {
    readonly when: 'before' | 'after';
    readonly step: BatchStep;
  }) => void | Promise<void>;
}
