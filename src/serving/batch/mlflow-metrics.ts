import { errorMessage } from '../../errors/index.ts';

export interface MetricsLogger {
  /** Sends values of now. Never rejects: scoring does not depend on it. */
  log(metrics: Readonly<Record<string, number>>, step: number): Promise<void>;
}

const timeoutMs = 10_000;

/**
 * Logs to the run that the environment names as MLflow's clients understand it: `MLFLOW_TRACKING_URI` (`azureml://` is
 * Azure ML's own way to write `https://`), `MLFLOW_RUN_ID` and, where there is one, `MLFLOW_TRACKING_TOKEN`. Undefined
 * without them.
 */
export function mlflowMetrics(
  env: NodeJS.ProcessEnv,
  onFailure: (message: string) => void,
): MetricsLogger | undefined {
  const uri = env['MLFLOW_TRACKING_URI'];
  const runId = env['MLFLOW_RUN_ID'];
  if (uri === undefined || runId === undefined || runId === '') return undefined;
  if (!/^(?:https?|azureml):\/\//.test(uri)) return undefined;
  const token = env['MLFLOW_TRACKING_TOKEN'];
  const base = uri
    .replace(/^azureml:/, 'https:')
    .replace(/\?.*$/, '')
    .replace(/\/+$/, '');
  let hasFailed = false;
  return {
    async log(metrics, step) {
      const timestamp = Date.now();
      const body = {
        run_id: runId,
        metrics: Object.entries(metrics).map(([key, value]) => ({ key, value, timestamp, step })),
      };
      try {
        const response = await fetch(`${base}/api/2.0/mlflow/runs/log-batch`, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            ...(token === undefined || token === '' ? {} : { authorization: `Bearer ${token}` }),
          },
          body: JSON.stringify(body),
          signal: AbortSignal.timeout(timeoutMs),
        });
        const text = await response.text();
        if (!response.ok) throw new Error(`${response.status} ${text.slice(0, 200)}`);
      } catch (error) {
        if (!hasFailed) onFailure(`metrics are not logged to MLflow: ${errorMessage(error)}`);
        hasFailed = true;
      }
    },
  };
}
