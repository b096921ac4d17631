import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { twinEnvironment } from '../io/index.ts';
import type { TwinDescriptor } from '../io/index.ts';
import type { FaultReport, FaultRule } from './faults/fault-rule.ts';
import { FaultRules } from './faults/fault-rules.ts';
import { startTwin } from './twin.ts';
import type { JobOptions, RunningTwin } from './twin.ts';
import type { TwinReport } from './lifecycle/control-routes.ts';

export interface CreateTwinOptions {
  /** Port, any free one by default. */
  readonly port?: number;
  readonly now?: () => number;
  /** How jobs are run. `lingerMs: 0` shows them as ended as soon as they are. */
  readonly jobs?: JobOptions;
  /** A module to fork in place of the scoring server; see `src/local/README.md`. */
  readonly scorer?: { readonly entry: string; readonly parameters: readonly string[] };
  /** Rules that hold from the start. Rules survive `restart()`. */
  readonly faults?: readonly FaultRule[];
}

/** What is made to go wrong in a twin; see `src/local/README.md`. */
export interface TwinFaults {
  /** Throws FAULT_INVALID. */
  add(rule: FaultRule): FaultReport;
  list(): FaultReport[];
  /** Takes one rule back, or all of them; gives how many there were. */
  clear(id?: string): number;
}

export interface TokenOptions {
  readonly tenantId?: string;
  /** Negative: a token that has expired. */
  readonly expiresInSeconds?: number;
}

/** A local twin in this process, in a temporary folder of its own. */
export interface Twin {
  readonly descriptor: TwinDescriptor;
  /** `https://127.0.0.1:PORT`. */
  readonly endpoint: string;
  readonly caPem: string;
  readonly caFile: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly workspaceName: string;
  /** What another process needs to find it: `AML_DEIT_HOME`, and the variables of `aml-deit local env`. */
  readonly env: Readonly<Record<string, string>>;
  /** Fits `TokenCredential` of the Azure SDK. */
  readonly credential: {
    getToken(scopes: string | readonly string[]): Promise<{ token: string; expiresOnTimestamp: number }>;
  };
  /** A token for an audience, or one that is wrong on purpose. */
  token(audience?: string, options?: TokenOptions): string;
  readonly faults: TwinFaults;
  report(): TwinReport;
  /** Ends in order and starts again on the same port with the same state. */
  restart(): Promise<void>;
  /** Ends as kill -9 does. `restart()` brings it back. */
  crash(): Promise<void>;
  /** Ends and deletes the folder. */
  close(): Promise<void>;
}

/** Starts a twin for a test; `await using` closes it. */
export async function createTwin(options: CreateTwinOptions = {}): Promise<Twin & AsyncDisposable> {
  const faults = new FaultRules();
  for (const rule of options.faults ?? []) faults.add(rule);
  const home = await mkdtemp(join(tmpdir(), 'aml-deit-twin-'));
  const start = (port: number): Promise<RunningTwin> =>
    startTwin({
      env: { AML_DEIT_HOME: home },
      port,
      faults,
      ...(options.now === undefined ? {} : { now: options.now }),
      ...(options.jobs === undefined ? {} : { jobs: options.jobs }),
      ...(options.scorer === undefined ? {} : { scorer: options.scorer }),
    });
  let running = await start(options.port ?? 0);
  const audienceOf = (scopes: string | readonly string[]): string => {
    const scope = typeof scopes === 'string' ? scopes : (scopes[0] ?? '');
    return scope.replace(/\/\.default$/, '');
  };
  const close = async (): Promise<void> => {
    await running.close();
    rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  };
  return {
    get descriptor() {
      return running.descriptor;
    },
    endpoint: running.descriptor.endpoint,
    caPem: running.caPem,
    caFile: running.descriptor.caFile,
    subscriptionId: running.descriptor.subscriptionId,
    resourceGroup: running.descriptor.resourceGroup,
    workspaceName: running.descriptor.workspaceName,
    env: { AML_DEIT_HOME: home, ...twinEnvironment(running.descriptor) },
    credential: {
      getToken(scopes) {
        const issued = running.issueToken(audienceOf(scopes));
        return Promise.resolve({ token: issued.token, expiresOnTimestamp: issued.expiresAt * 1000 });
      },
    },
    token: (audience = 'https://management.azure.com', tokenOptions = {}) =>
      running.issueToken(audience, tokenOptions).token,
    faults,
    report: () => running.report(),
    async restart() {
      await running.close();
      running = await start(running.descriptor.port);
    },
    crash: () => running.crash(),
    close,
    [Symbol.asyncDispose]: close,
  };
}
