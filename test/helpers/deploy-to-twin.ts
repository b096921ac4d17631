import { connectAzureMl } from '../../src/azure/connect-azure-ml.ts';
import type { AzureMl } from '../../src/azure/index.ts';
import { deployOnline } from '../../src/actions/deploy-online.ts';
import type { DeployOnlineOptions, DeployOnlineResult } from '../../src/actions/deploy-online.ts';
import { imageScorer } from '../../src/actions/score-image.ts';
import { smokePicture } from '../../src/actions/online/smoke-picture.ts';
import { createTwin } from '../../src/testing.ts';
import type { Twin } from '../../src/testing.ts';

export interface DeployBench extends AsyncDisposable {
  readonly twin: Twin;
  aml(): Promise<AzureMl>;
  /** Options that make a deployment of `model` on `endpoint`. */
  options(endpoint: string, model: string, more?: Partial<DeployOnlineOptions>): DeployOnlineOptions;
  deploy(endpoint: string, model: string, more?: Partial<DeployOnlineOptions>): Promise<DeployOnlineResult>;
  /** Names of the deployments with their traffic: `{r1f3a9c2e: 100}`. */
  state(endpoint: string): Promise<Record<string, number>>;
}

/** A twin of its own, with the real scoring server, and short ways to deploy to it. */
export async function deployBench(): Promise<DeployBench> {
  const twin = await createTwin();
  const connections: AzureMl[] = [];
  const aml = async (): Promise<AzureMl> => {
    const connection = await connectAzureMl({ kind: 'local', twin: twin.descriptor });
    connections.push(connection);
    return connection;
  };
  const options: DeployBench['options'] = (endpoint, model, more) => ({
    target: 'local',
    env: { ...twin.env },
    sku: 'Standard_D4as_v4',
    endpoint,
    model,
    pollIntervalMs: 50,
    ...more,
  });
  return {
    twin,
    aml,
    options,
    deploy: (endpoint, model, more) => deployOnline(options(endpoint, model, more)),
    async state(endpoint) {
      const connection = await aml();
      const traffic = (await connection.onlineEndpoints.get(endpoint))?.properties.traffic ?? {};
      const deployments = await connection.onlineDeployments.list(endpoint);
      return Object.fromEntries(deployments.map(({ name }) => [name, traffic[name.toLowerCase()] ?? 0]));
    },
    async [Symbol.asyncDispose]() {
      for (const connection of connections) connection.close();
      await twin.close();
    },
  };
}

export interface Client {
  /** Ends it and gives what happened. */
  stop(): Promise<{
    readonly answers: number;
    readonly failures: readonly string[];
    readonly deployments: ReadonlySet<string>;
  }>;
}

/** A client that asks an endpoint ten times a second, by traffic, and never tries again. */
export async function startClient(aml: AzureMl, endpointName: string): Promise<Client> {
  const endpoint = await aml.onlineEndpoints.get(endpointName);
  if (endpoint === undefined) throw new Error(`no endpoint ${endpointName}`);
  const scorer = imageScorer(aml, { endpoint, requestForm: 'card', maxAttempts: 1 });
  const picture = smokePicture();
  const failures: string[] = [];
  const deployments = new Set<string>();
  const pending = new Set<Promise<void>>();
  let answers = 0;
  const ask = async (): Promise<void> => {
    try {
      deployments.add((await scorer.score(picture)).deployment ?? '?');
      answers += 1;
    } catch (error) {
      failures.push(String(error));
    }
  };
  const timer = setInterval(() => {
    const request = ask().finally(() => pending.delete(request));
    pending.add(request);
  }, 100);
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(pending);
      return { answers, failures, deployments };
    },
  };
}
