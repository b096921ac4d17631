import { scoringImageName } from '../../io/index.ts';
import type { ResolvedImage } from '../../oci/index.ts';
import type { EnvironmentVersionRecord } from '../arm/assets/records.ts';
import type { ContainerPrograms, ContainerRuntime } from '../containers/find-runc.ts';
import { ImagePullFailure } from '../images/find-image.ts';
import type { ImageFinder } from '../images/find-image.ts';
import { RunFailure } from './run-failure.ts';

/** What a command names as its environment, as far as the twin has it. */
export interface NamedEnvironment {
  readonly id: string;
  /** undefined: one of a registry, or of those that every workspace has. */
  readonly record: Pick<EnvironmentVersionRecord, 'image' | 'build' | 'condaFile'> | undefined;
}

/** How a command is run. `description` is for people, and goes into its log and its run. */
export type CommandExecution =
  | { readonly runs: 'process'; readonly why: string; readonly description: string }
  | {
      readonly runs: 'container';
      readonly description: string;
      /** The image's files, in a folder that others use as well. */
      readonly files: string;
      /** The image's own variables. */
      readonly variables: Readonly<Record<string, string>>;
      readonly programs: ContainerPrograms;
    };

export interface ExecutionSources {
  readonly images: Pick<ImageFinder, 'whyNotAsked' | 'isOwn' | 'find' | 'unpack'>;
  readonly runtime: () => Promise<ContainerRuntime>;
}

/** Environment of what runs in place of a component of a registry. */
export const standInEnvironmentName = 'aml-deit-stand-in';
/** As every runtime has it for images that do not say. */
const usualPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

function asProcess(why: string): CommandExecution {
  return {
    runs: 'process',
    why,
    description: `local process; the image of its environment is not run: ${why}`,
  };
}

/** Why there is no image to ask a registry for; undefined when there is one. */
function whyNoImage(environment: NamedEnvironment | null): string | undefined {
  if (environment === null) return 'it names none';
  const { id, record } = environment;
  if (record === undefined) {
    if (id.includes(`/environments/${standInEnvironmentName}/`))
      return 'a stand-in of aml-deit is run in place of the component';
    return 'the local twin has none of the images that Azure ML brings';
  }
  if (record.image === null) return 'it is a build context, and the local twin builds no images';
  if (record.condaFile !== '')
    return `it is ${record.image} with a conda file, and the local twin builds no images`;
  if (record.image === scoringImageName()) return `${record.image} is this machine's own aml-deit`;
  return undefined;
}

function pullFailure(image: string, why: string): RunFailure {
  return new RunFailure(
    'UserError',
    `AzureMLCompute job failed.\nFailedPullingImage: Unable to pull docker image\n\timageName: ${image}\n\terror: ${why}`,
  );
}

/** `NAME=value` lines of an image. */
function variablesOf(image: ResolvedImage): Readonly<Record<string, string>> {
  const lines = image.config.config?.Env ?? [];
  return Object.fromEntries([
    ['PATH', usualPath],
    ...lines.map((line) => {
      const at = line.indexOf('=');
      return at === -1 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
    }),
  ]) as Readonly<Record<string, string>>;
}

/**
 * Decides how a command is run: in its environment's image, where the twin can have it and runc can run it, else as a
 * process of this machine. `refused` says why a registry is to give nothing, by a fault rule.
 * @throws RunFailure when a registry that may be asked does not have the image
 */
export async function chooseExecution(
  environment: NamedEnvironment | null,
  sources: ExecutionSources,
  signal: AbortSignal,
  refused?: string,
): Promise<CommandExecution> {
  const none = whyNoImage(environment);
  const name = environment?.record?.image;
  if (none !== undefined || name === null || name === undefined) return asProcess(none ?? 'it names none');
  if (refused !== undefined) throw pullFailure(name, refused);
  const { images } = sources;
  const notAsked = images.whyNotAsked(name);
  if (notAsked !== undefined) return asProcess(`${name}: ${notAsked}`);
  const find = (): Promise<ResolvedImage> =>
    images.find(name, signal).catch((error: unknown) => {
      if (error instanceof ImagePullFailure) throw pullFailure(name, error.message);
      throw error;
    });
  const runtime = await sources.runtime();
  const cannot = runtime.kind === 'none' ? runtime.why : runtime.readOnly;
  if (runtime.kind === 'none' || cannot !== null) {
    // A name that nobody pushed is wrong on every machine; others' images are not fetched to be left lying.
    if (images.isOwn(name)) await find();
    return asProcess(`${name}: ${cannot}`);
  }
  const image = await find();
  const digest = image.descriptor.digest.slice(0, 'sha256:'.length + 12);
  return {
    runs: 'container',
    description: `container of ${name} (${digest}), run by runc ${runtime.version}`,
    files: await images.unpack(image, signal),
    variables: variablesOf(image),
    programs: runtime.programs,
  };
}
