import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { AmlDeitError, errorMessage } from '../errors/index.ts';
import { sleep } from '../io/index.ts';

export interface LoggedMetric {
  readonly name: string;
  readonly value: number;
  readonly step: number;
}

/** Logs into one run of MLflow. What is logged is kept until `flush`, and sent in batches. */
export interface MlflowRunLog {
  metrics(metrics: readonly LoggedMetric[]): Promise<void>;
  parameters(parameters: Readonly<Record<string, string>>): Promise<void>;
  tags(tags: Readonly<Record<string, string>>): Promise<void>;
  flush(): Promise<void>;
}

const silent: MlflowRunLog = {
  metrics: () => Promise.resolve(),
  parameters: () => Promise.resolve(),
  tags: () => Promise.resolve(),
  flush: () => Promise.resolve(),
};

/** MLflow's own limits of a batch, and of a parameter's text. */
const maxMetrics = 1000;
const maxPairs = 100;
const maxParameterChars = 6000;
/** Metrics wait for each other this long: an iteration takes milliseconds. */
const flushAfterMs = 500;
const attempts = 4;

/**
 * The run that the environment names (`MLFLOW_TRACKING_URI`, `_TOKEN`, `MLFLOW_RUN_ID`, as Azure ML and its twin set
 * them); without them what is logged goes nowhere. Numbers that JSON has not are sent as MLflow's texts for them.
 */
export function openMlflowRun(env: NodeJS.ProcessEnv): MlflowRunLog {
  const { MLFLOW_TRACKING_URI: uri, MLFLOW_TRACKING_TOKEN: token, MLFLOW_RUN_ID: runId } = env;
  if (uri === undefined || runId === undefined || !uri.startsWith('https://')) return silent;
  const caFile = env['MLFLOW_TRACKING_SERVER_CERT_PATH'];
  const agent = new Agent({ keepAlive: true, ...(caFile === undefined ? {} : { ca: readFileSync(caFile) }) });
  const post = (body: object): Promise<void> =>
    send(`${uri.replace(/\/+$/, '')}/api/2.0/mlflow/runs/log-batch`, agent, token, {
      run_id: runId,
      ...body,
    });

  let waiting: object[] = [];
  let lastFlush = performance.now();
  const flush = async (): Promise<void> => {
    const metrics = waiting;
    waiting = [];
    lastFlush = performance.now();
    for (let at = 0; at < metrics.length; at += maxMetrics)
      await post({ metrics: metrics.slice(at, at + maxMetrics) });
  };
  const pairs = async (kind: 'params' | 'tags', values: Readonly<Record<string, string>>): Promise<void> => {
    const entries = Object.entries(values).map(([key, value]) => ({
      key,
      value: value.slice(0, maxParameterChars),
    }));
    for (let at = 0; at < entries.length; at += maxPairs)
      await post({ [kind]: entries.slice(at, at + maxPairs) });
  };
  return {
    async metrics(metrics) {
      const timestamp = Date.now();
      waiting.push(
        ...metrics.map(({ name, value, step }) => ({
          key: name,
          value: Number.isFinite(value) ? value : String(value),
          timestamp,
          step,
        })),
      );
      if (waiting.length >= maxMetrics || performance.now() - lastFlush > flushAfterMs) await flush();
    },
    parameters: (values) => pairs('params', values),
    tags: (values) => pairs('tags', values),
    async flush() {
      await flush();
      agent.destroy();
    },
  };
}

async function send(url: string, agent: Agent, token: string | undefined, body: object): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { status, text } = await postJson(url, agent, token, body);
      if (status === 200) return;
      if (status < 500 && status !== 429) throw refused(`it answered ${status}: ${text.slice(0, 300)}`);
      if (attempt === attempts) throw refused(`it answered ${status}`);
    } catch (error) {
      if (error instanceof AmlDeitError) throw error;
      if (attempt === attempts) throw refused(errorMessage(error), error);
    }
    await sleep(250 * 2 ** attempt);
  }
}

function refused(why: string, cause?: unknown): AmlDeitError {
  return new AmlDeitError('MLFLOW_FAILED', `the metrics could not be logged to MLflow: ${why}`, { cause });
}

function postJson(
  url: string,
  agent: Agent,
  token: string | undefined,
  body: object,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      {
        agent,
        method: 'POST',
        timeout: 30_000,
        headers: {
          'content-type': 'application/json',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          if (text.length < 4096) text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        response.on('error', reject);
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer within 30 s')));
    outgoing.on('error', reject);
    outgoing.end(JSON.stringify(body));
  });
}
