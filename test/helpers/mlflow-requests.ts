import type { Twin } from '../../src/testing.ts';
import { requestTwin } from './twin-request.ts';
import type { TwinAnswer, TwinRequest } from './twin-request.ts';

/** The tracking URI of a twin, as plain MLflow takes it. */
export function trackingUri(twin: Twin, version = 'v1.0'): string {
  return `${twin.endpoint}/mlflow/${version}/subscriptions/${twin.subscriptionId}/resourceGroups/${twin.resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${twin.workspaceName}`;
}

/** Calls of MLflow's REST API with a good token: GET without a body, POST with one. */
export class MlflowRequests {
  readonly #twin: Twin;

  constructor(twin: Twin) {
    this.#twin = twin;
  }

  send(path: string, options: TwinRequest = {}): Promise<TwinAnswer> {
    return requestTwin(this.#twin, `${trackingUri(this.#twin)}/api/2.0/${path}`, {
      ...options,
      headers: { authorization: `Bearer ${this.#twin.token('https://ml.azure.com')}`, ...options.headers },
    });
  }

  get(path: string, query: Readonly<Record<string, string>> = {}): Promise<TwinAnswer> {
    return this.send(`mlflow/${path}?${new URLSearchParams(query).toString()}`);
  }

  post(path: string, body: object): Promise<TwinAnswer> {
    return this.send(`mlflow/${path}`, { method: 'POST', body });
  }

  /** Posts what must be taken. */
  async must(path: string, body: object): Promise<Record<string, unknown>> {
    const answer = await this.post(path, body);
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.text}`);
    return answer.json;
  }

  async createExperiment(name: string): Promise<string> {
    return (await this.must('experiments/create', { name }))['experiment_id'] as string;
  }

  async createRun(experimentId: string, name: string, startTime = 1): Promise<string> {
    const body = { experiment_id: experimentId, run_name: name, start_time: startTime };
    const { run } = (await this.must('runs/create', body)) as { run: MlflowRun };
    return run.info.run_id;
  }

  async run(runId: string): Promise<MlflowRun> {
    return (await this.get('runs/get', { run_id: runId })).json['run'] as MlflowRun;
  }

  /** The names of the runs that a search finds, in its order. */
  async search(experimentId: string, more: object = {}): Promise<readonly string[]> {
    const found = await this.must('runs/search', { experiment_ids: [experimentId], ...more });
    return (found['runs'] as MlflowRun[]).map((run) => run.info.run_name);
  }

  /** How a request is refused: status and MLflow's code. */
  async refusal(path: string, body: object): Promise<readonly [number, unknown]> {
    const answer = await this.post(path, body);
    return [answer.status, answer.json['error_code']];
  }
}

export interface MlflowRun {
  readonly info: Readonly<
    Record<'run_id' | 'run_name' | 'status' | 'artifact_uri' | 'lifecycle_stage', string>
  > & {
    readonly end_time?: number;
  };
  readonly data: Readonly<
    Record<'params' | 'tags', readonly { readonly key: string; readonly value: string }[]>
  > & {
    readonly metrics: readonly {
      readonly key: string;
      readonly value: number | string;
      readonly step: number;
      readonly timestamp: number;
    }[];
  };
  readonly inputs: { readonly dataset_inputs: readonly object[] };
}
