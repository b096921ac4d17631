import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findKnownComponent } from '../card/known-components/index.ts';
import { AmlDeitError } from '../errors/index.ts';
import { nearestNames } from '../io/nearest-names.ts';
import { silentHost } from '../io/index.ts';
import type { ActionContext } from '../io/index.ts';
import { componentInputs, componentOutputs } from './component/component-values.ts';
import { standIns } from './component/stand-ins.ts';

export interface RunComponentOptions extends ActionContext {
  /** Name in the registry: `transformers_image_classification_finetune`. */
  readonly component: string;
  /** Literals as text, data as local paths, by the component's own names. Over `AZURE_ML_INPUT_…` of `env`. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** Where outputs go. Over `AZURE_ML_OUTPUT_…` of `env`. */
  readonly outputs?: Readonly<Record<string, string>>;
  /** Instead of `process.env`: values as Azure ML hands them to a command, MLflow's variables, the twin's. */
  readonly env?: NodeJS.ProcessEnv;
  /** A line of what it does. */
  readonly onLine?: (line: string) => void;
}

export interface RunComponentResult {
  readonly component: string;
  readonly version: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** True when another process of the same step does the work (`RANK` is not 0). */
  readonly idle: boolean;
}

/**
 * Runs the stand-in of a registry component on this machine, with the component's own inputs and outputs: what the twin
 * runs for it. Throws COMPONENT_UNKNOWN, COMPONENT_INPUT_INVALID, and what the component itself may.
 */
export async function runComponent(options: RunComponentOptions): Promise<RunComponentResult> {
  const { env = process.env, host = silentHost, signal } = options;
  const component = findKnownComponent(options.component);
  const load = standIns[options.component];
  if (component === undefined || load === undefined) {
    const [near] = nearestNames(options.component, Object.keys(standIns));
    throw new AmlDeitError(
      'COMPONENT_UNKNOWN',
      `there is no stand-in for the component "${options.component}"`,
      {
        hint: `${near === undefined ? '' : `did you mean ${near}? `}there are ${Object.keys(standIns).join(', ')}`,
      },
    );
  }
  const inputs = componentInputs(component, { ...fromEnvironment(env, 'INPUT'), ...options.inputs });
  const outputs = componentOutputs(component, { ...fromEnvironment(env, 'OUTPUT'), ...options.outputs });
  const say = (line: string): void => options.onLine?.(line);
  const result = { component: component.name, version: component.version, outputs };
  say(
    `local stand-in for ${component.name} ${component.version}: this runs on this machine, nothing of Azure is used`,
  );
  if (Number(env['RANK'] ?? 0) > 0) {
    say(`process ${env['RANK']} of ${env['WORLD_SIZE'] ?? '?'} has nothing to do: process 0 does the work`);
    return { ...result, idle: true };
  }
  for (const [name, path] of Object.entries(outputs))
    await mkdir(component.outputs[name]?.type === 'uri_file' ? dirname(path) : path, { recursive: true });
  const { openMlflowRun } = await import('../training/index.ts');
  const standIn = await load();
  const scratch = await mkdtemp(join(tmpdir(), 'aml-deit-component-'));
  const mlflow = openMlflowRun(env);
  try {
    await standIn({ inputs, outputs, mlflow, say, host, signal, env, scratch });
    await mlflow.flush();
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return { ...result, idle: false };
}

function fromEnvironment(env: NodeJS.ProcessEnv, kind: 'INPUT' | 'OUTPUT'): Record<string, string> {
  const prefix = `AZURE_ML_${kind}_`;
  return Object.fromEntries(
    Object.entries(env).flatMap(([key, value]): [string, string][] =>
      key.startsWith(prefix) && value !== undefined ? [[key.slice(prefix.length), value]] : [],
    ),
  );
}
