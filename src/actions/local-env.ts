import { AmlDeitError } from '../errors/index.ts';
import { readTwinDescriptor, twinEnvironment } from '../io/index.ts';
import type { ActionContext, TwinDescriptor } from '../io/index.ts';

export interface LocalEnvOptions extends ActionContext {
  /** Instead of `process.env`: `AML_DEIT_HOME`. */
  readonly env?: NodeJS.ProcessEnv;
}

export interface LocalEnvResult {
  /** What an unmodified client needs in its environment to reach the twin. */
  readonly variables: Readonly<Record<string, string>>;
  readonly twin: TwinDescriptor;
}

/** The environment with which Microsoft's own clients reach the twin that runs. Throws TWIN_NOT_RUNNING. */
export async function localEnv(options: LocalEnvOptions = {}): Promise<LocalEnvResult> {
  const twin = readTwinDescriptor(options.env);
  const { pingTwin } = await import('../azure/ping-twin.ts');
  if (twin === undefined || !(await pingTwin(twin))) {
    throw new AmlDeitError('TWIN_NOT_RUNNING', 'no local twin is running', {
      hint: 'start it: aml-deit local up',
    });
  }
  return { variables: twinEnvironment(twin), twin };
}
