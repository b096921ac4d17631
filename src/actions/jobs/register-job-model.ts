import type { AzureMl, CallOptions } from '../../azure/index.ts';

export interface RegisterJobModelOptions extends CallOptions {
  readonly job: string;
  /** Name of the job's output of type `mlflow_model`. */
  readonly output: string;
  readonly name: string;
  readonly description: string;
}

const jobTag = 'aml-deit.job';

/** Registers a job's output as a model, once: a version that is of this job is found again by its tag. */
export async function registerJobModel(
  aml: AzureMl,
  options: RegisterJobModelOptions,
): Promise<{ readonly name: string; readonly version: string; readonly id: string }> {
  const { job, name, output } = options;
  const call: CallOptions = options.signal === undefined ? {} : { signal: options.signal };
  const tag = `${job}/${output}`;
  const known = (await aml.models.list(name, call)).find(
    (version) => version.properties.tags?.[jobTag] === tag,
  );
  if (known !== undefined) return { name, version: known.name, id: known.id };
  const version = await aml.models.nextVersion(name, call);
  const registered = await aml.models.register(
    name,
    version,
    {
      modelUri: `azureml://jobs/${job}/outputs/${output}`,
      modelType: 'mlflow_model',
      description: options.description,
      tags: { [jobTag]: tag },
    },
    call,
  );
  return { name, version, id: registered.id };
}
