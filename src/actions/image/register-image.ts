import type { AzureMl } from '../../azure/index.ts';
import { AmlDeitError } from '../../errors/index.ts';
import { packageVersion } from '../../io/index.ts';
import type { ActionContext } from '../../io/index.ts';
import { containerRoutes } from '../online/serving-defaults.ts';

export interface RegisteredEnvironment {
  readonly name: string;
  readonly version: string;
  readonly id: string;
  /** A version of the same image was there already. */
  readonly reused: boolean;
}

/** Tag of an environment version: what the image's name pointed to when it was registered. */
const digestTag = 'aml-deit.image-digest';

/**
 * Makes a pushed image a version of an environment, with the routes of the scoring server. The same image again gives the
 * version that is there. @throws NAME_INVALID, AZURE_CONFLICT and the other codes of the service
 */
export async function registerImage(
  aml: AzureMl,
  wanted: string,
  image: { readonly image: string; readonly digest: string },
  { signal }: ActionContext,
): Promise<RegisteredEnvironment> {
  const [, name, version] = /^([A-Za-z0-9][\w.-]{0,254})(?::([A-Za-z0-9][\w.-]{0,29}))?$/.exec(wanted) ?? [];
  if (name === undefined)
    throw new AmlDeitError('NAME_INVALID', `"${wanted}" is no environment, expected NAME or NAME:VERSION`);
  const call = signal === undefined ? {} : { signal };
  const known =
    version === undefined
      ? (await aml.environments.list(name, call))[0]
      : await aml.environments.get(name, version, call);
  const isSame =
    known?.properties.image === image.image && known.properties.tags?.[digestTag] === image.digest;
  if (known !== undefined && isSame) return { name, version: known.name, id: known.id, reused: true };
  if (known !== undefined && version !== undefined)
    throw new AmlDeitError(
      'AZURE_CONFLICT',
      `${name}:${version} is there already, with another image: ${known.properties.image ?? 'none'}`,
      { hint: 'a version never changes: leave it out for the next one' },
    );
  const next = version ?? (await aml.environments.nextVersion(name, call));
  const created = await aml.environments.create(
    name,
    next,
    {
      image: image.image,
      inferenceConfig: containerRoutes,
      description: `aml-deit ${packageVersion()}'s scoring server`,
      tags: { [digestTag]: image.digest },
    },
    call,
  );
  return { name, version: next, id: created.id, reused: false };
}
