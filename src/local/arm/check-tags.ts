import { ServiceError } from '../http/service-error.ts';
import type { RefusalCode } from '../http/refusals.ts';

/** Resource Manager's limits on the tags of a resource (the members of `tags` at a body's root). */
const maxTags = 50;
const maxNameLength = 512;
const maxValueLength = 256;
/** Characters that no name may have; control characters are among them. */
const reserved = /[<>%&\\?/\p{Cc}]/u;

/** The gateway's refusal of tags that break its limits. What is no map of text the service itself refuses. */
export function checkTags(body: unknown): void {
  const { tags } = (body ?? {}) as { tags?: unknown };
  if (typeof tags !== 'object' || tags === null || Array.isArray(tags)) return;
  const refuse = (code: RefusalCode, message: string): never => {
    throw new ServiceError(400, code, message, { source: 'gateway' });
  };
  const entries = Object.entries(tags);
  if (entries.length > maxTags)
    refuse('TooManyTags', `The resource has ${entries.length} tags, expected at most ${maxTags}.`);
  for (const [name, value] of entries) {
    if (reserved.test(name))
      refuse(
        'InvalidTagNameCharacters',
        `The tag name '${name.slice(0, 80)}' has reserved characters '<,>,%,&,\\,?,/' or control characters.`,
      );
    if (name === '' || name.length > maxNameLength)
      refuse(
        'InvalidTagNameLength',
        `A tag name has ${name.length} characters, expected 1 to ${maxNameLength}.`,
      );
    if (typeof value === 'string' && value.length > maxValueLength)
      refuse(
        'InvalidTagValueLength',
        `The value of the tag '${name.slice(0, 80)}' has ${value.length} characters, expected at most ${maxValueLength}.`,
      );
  }
}
