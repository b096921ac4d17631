import type { ConnectionTarget, Target } from '../../azure/index.ts';
import { AmlDeitError } from '../../errors/index.ts';
import { readTwinDescriptor } from '../../io/index.ts';
import type { ConnectOptions } from '../connect.ts';
import { failedCheck } from './failed-check.ts';
import type { DoctorCheck } from './check.ts';

/** What `target` found, and where to go on asking; nothing where there is nobody to ask. */
export interface FoundTarget {
  readonly check: DoctorCheck;
  /** Whether it is the twin, of this machine's home or of the environment. */
  readonly isLocal: boolean;
  readonly connection?: ConnectionTarget;
}

/** As every command finds it, but that a twin which does not run is not started. */
export async function findConnectionTarget(options: ConnectOptions): Promise<FoundTarget> {
  const env = options.env ?? process.env;
  const { resolveTarget } = await import('../../azure/resolve-target.ts');
  let target: Target;
  try {
    target = resolveTarget({
      flags: options,
      env,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.isTerminal === undefined ? {} : { isTerminal: options.isTerminal }),
    });
  } catch (error) {
    // Nothing is configured yet: that is what a new machine looks like, and no fault of it.
    if (error instanceof AmlDeitError && error.code === 'TARGET_NOT_NAMED') {
      const check = {
        id: 'target',
        status: 'warning',
        summary: error.message,
        fix: error.hint ?? '',
      } as const;
      return { check, isLocal: false };
    }
    return { check: failedCheck('target', error), isLocal: false };
  }
  if (target.kind === 'azure') {
    const { workspaceName, resourceGroup, subscriptionId, source } = target;
    return {
      check: {
        id: 'target',
        status: 'ok',
        summary: `workspace ${workspaceName} in resource group ${resourceGroup}, from ${source}`,
        details: { target: 'azure', workspaceName, resourceGroup, subscriptionId, source },
      },
      isLocal: false,
      connection: target,
    };
  }
  if (target.kind === 'environment-twin') {
    const { findEnvironmentTwin } = await import('../../azure/environment-twin.ts');
    try {
      return running(await findEnvironmentTwin(target, env), 'environment');
    } catch (error) {
      return { check: failedCheck('target', error), isLocal: true };
    }
  }
  const twin = readTwinDescriptor(env);
  const { pingTwin } = await import('../../azure/ping-twin.ts');
  if (twin !== undefined && (await pingTwin(twin))) return running(twin, target.source);
  return {
    check: {
      id: 'target',
      status: 'ok',
      summary: 'the local twin; it does not run, and the commands that need it start it',
      details: { target: 'local', running: false, source: target.source },
    },
    isLocal: true,
  };
}

function running(
  twin: Extract<ConnectionTarget, { kind: 'local' }>['twin'],
  source: 'named' | 'default' | 'environment',
): FoundTarget {
  return {
    check: {
      id: 'target',
      status: 'ok',
      summary: `the local twin at ${twin.endpoint}: nothing leaves this machine`,
      details: { target: 'local', running: true, endpoint: twin.endpoint, source },
    },
    isLocal: true,
    connection: { kind: 'local', twin },
  };
}
