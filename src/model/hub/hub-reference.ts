import { AmlDeitError } from '../../errors/index.ts';

/** A model of the Hugging Face hub: `hf:OWNER/NAME` or `hf:OWNER/NAME@REVISION`. */
export interface HubReference {
  readonly repository: string;
  /** A commit, tag or branch. */
  readonly revision: string | undefined;
}

const scheme = 'hf:';
const part = /^[A-Za-z0-9][\w.-]{0,95}$/;

export function isHubReference(source: string): boolean {
  return source.startsWith(scheme);
}

/** @throws USAGE for what is no reference. */
export function parseHubReference(source: string): HubReference {
  const [repository = '', ...rest] = source.slice(scheme.length).split('@');
  const revision = rest.length === 0 ? undefined : rest.join('@');
  const parts = repository.split('/');
  const named = parts.length === 2 && parts.every((text) => part.test(text) && !text.includes('..'));
  // A branch may have slashes; nothing of it may climb out of the cache's folder.
  const known = revision === undefined || /^[A-Za-z0-9][\w./-]{0,199}$/.test(revision);
  if (!named || !known || revision?.split('/').includes('..') === true) {
    throw new AmlDeitError(
      'USAGE',
      `${JSON.stringify(source)} is no model of the hub, expected hf:OWNER/NAME[@REVISION]`,
    );
  }
  return { repository, revision };
}

/** Whether a revision is a whole commit id, whose files never change. */
export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}
