import type { AzureMl, ConnectOptions as AzureConnectOptions, Target, TargetFlags } from '../azure/index.ts';
import { AmlDeitError } from '../errors/index.ts';
import { readTwinDescriptor, silentHost } from '../io/index.ts';
import type { ActionContext, TwinDescriptor } from '../io/index.ts';

/** Which workspace, and how to get there. Without anything it is read from the environment and the files around. */
export interface ConnectOptions extends TargetFlags {
  /** Whether a person is there to read that the local twin was taken because no workspace is configured. Default false. */
  readonly isTerminal?: boolean;
  /** Instead of `process.env`: the variables of the target, and `AML_DEIT_HOME`, where the twin is found. */
  readonly env?: NodeJS.ProcessEnv;
  /** Instead of the working directory, for `aml-deit.yml` and `config.json`. */
  readonly cwd?: string;
  /** Instead of `DefaultAzureCredential`; never used for the twin. */
  readonly credential?: NonNullable<AzureConnectOptions['credential']>;
  readonly retry?: NonNullable<AzureConnectOptions['retry']>;
  readonly pollIntervalMs?: number;
}

/**
 * Finds the target and connects to it. A twin that does not run is started first, and the host is told.
 * Throws TARGET_NOT_NAMED, TARGET_NOT_CONFIGURED, TARGET_CONFIG_INVALID, TWIN_NOT_RUNNING.
 */
export async function connect(options: ConnectOptions & ActionContext): Promise<AzureMl> {
  const host = options.host ?? silentHost;
  const { resolveTarget } = await import('../azure/resolve-target.ts');
  const target: Target = resolveTarget({
    flags: options,
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.isTerminal === undefined ? {} : { isTerminal: options.isTerminal }),
  });
  const { connectAzureMl } = await import('../azure/connect-azure-ml.ts');
  const settings: AzureConnectOptions = {
    ...(options.credential === undefined ? {} : { credential: options.credential }),
    ...(options.retry === undefined ? {} : { retry: options.retry }),
    ...(options.pollIntervalMs === undefined ? {} : { pollIntervalMs: options.pollIntervalMs }),
    ...(options.env === undefined ? {} : { env: options.env }),
  };
  if (target.kind === 'environment-twin') {
    host.message({
      code: 'target-environment-twin',
      level: 'info',
      text: `the environment names the local twin (${target.metadataUrl}): nothing leaves this machine`,
    });
    const { findEnvironmentTwin } = await import('../azure/environment-twin.ts');
    const twin = await findEnvironmentTwin(target, options.env ?? process.env);
    return await connectAzureMl({ kind: 'local', twin }, settings);
  }
  if (target.kind === 'azure') {
    host.message({
      code: 'target-azure',
      level: 'debug',
      text: `target: workspace ${target.workspaceName} (from ${target.source})`,
      data: { ...target },
    });
    return await connectAzureMl(target, settings);
  }
  if (target.source === 'default') {
    host.message({
      code: 'target-local',
      level: 'info',
      text: 'no Azure ML workspace is configured: using the local twin, nothing leaves this machine',
    });
  }
  const env = options.env ?? process.env;
  const running = readTwinDescriptor(env);
  if (running !== undefined) {
    const aml = await connectAzureMl({ kind: 'local', twin: running }, settings);
    if (await answers(running)) return aml;
    aml.close();
  }
  const twin = await startLocalTwin(options);
  return await connectAzureMl({ kind: 'local', twin }, settings);
}

/** A killed twin leaves its descriptor behind, so only an answer proves that it is there. */
async function answers(twin: TwinDescriptor): Promise<boolean> {
  const { pingTwin } = await import('../azure/ping-twin.ts');
  return await pingTwin(twin);
}

async function startLocalTwin(options: ConnectOptions & ActionContext): Promise<TwinDescriptor> {
  const { localUp } = await import('./local-up.ts');
  await localUp({
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.host === undefined ? {} : { host: options.host }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  // What is told of a twin that was started leaves its secret out.
  const twin = readTwinDescriptor(options.env);
  if (twin !== undefined) return twin;
  throw new AmlDeitError('TWIN_NOT_RUNNING', 'the local twin ended right after it had started', {
    hint: 'start it again: aml-deit local up',
  });
}
