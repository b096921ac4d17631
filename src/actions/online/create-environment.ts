import type { AzureMl, CallOptions } from '../../azure/index.ts';
import type { DesiredEnvironment } from '../../rollout/index.ts';

/** The image as the next version of its environment. Returns the version's ARM id. */
export async function createEnvironment(
  aml: AzureMl,
  environment: DesiredEnvironment,
  call: CallOptions,
): Promise<string> {
  if (environment.kind !== 'image') throw new TypeError('there is no image to make an environment of');
  const version = await aml.environments.nextVersion(environment.name, call);
  const created = await aml.environments.create(
    environment.name,
    version,
    { image: environment.image, inferenceConfig: environment.routes },
    call,
  );
  return created.id;
}
