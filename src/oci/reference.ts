import { AmlDeitError } from '../errors/index.ts';
import { isDigest } from './descriptors.ts';

/** An image by name: `REGISTRY/REPOSITORY:TAG` or `REGISTRY/REPOSITORY@sha256:…`. */
export interface ImageReference {
  /** Host and port; undefined when the text names none. */
  readonly registry?: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

const repositoryPattern =
  /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const tagPattern = /^\w[\w.-]{0,127}$/;
const hostPattern = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(?::\d{1,5})?$/i;

/** Whether the part before the first slash is a host rather than the begin of a name. */
function isHost(part: string): boolean {
  return part === 'localhost' || part.includes('.') || part.includes(':');
}

/**
 * Takes a reference apart. A name without a host keeps none: what that means is for the caller to say.
 * @throws IMAGE_REFERENCE_INVALID
 */
export function parseImageReference(text: string): ImageReference {
  const [, name = '', digest] = /^([^@]*)(?:@(.*))?$/s.exec(text) ?? [];
  const slash = name.indexOf('/');
  const first = slash === -1 ? '' : name.slice(0, slash);
  const registry = first !== '' && isHost(first) ? first.toLowerCase() : undefined;
  const rest = registry === undefined ? name : name.slice(slash + 1);
  const [, repository = '', tag] = /^([^:]*)(?::(.*))?$/s.exec(rest) ?? [];
  const fault =
    registry !== undefined && !hostPattern.test(registry)
      ? `"${registry}" is no registry`
      : !repositoryPattern.test(repository) || repository.length > 255
        ? `"${repository}" is no repository name (lower-case letters, digits, . _ - and slashes)`
        : tag !== undefined && !tagPattern.test(tag)
          ? `"${tag}" is no tag`
          : digest !== undefined && !isDigest(digest)
            ? `"${digest}" is no digest (sha256: and 64 hexadecimal digits)`
            : undefined;
  if (fault !== undefined) {
    throw new AmlDeitError('IMAGE_REFERENCE_INVALID', `"${text}" names no image: ${fault}`, {
      hint: 'REGISTRY/REPOSITORY:TAG or REGISTRY/REPOSITORY@sha256:…, such as team.azurecr.io/aml-deit/scorer:1',
    });
  }
  return {
    repository,
    ...(registry === undefined ? {} : { registry }),
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

export function formatImageReference(reference: ImageReference): string {
  const { registry, repository, tag, digest } = reference;
  return `${registry === undefined ? '' : `${registry}/`}${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}
