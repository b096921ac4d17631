import type { Rule } from '../kinds/kind.ts';
import { abbreviate } from '../yaml-tree.ts';

/** Azure Resource Manager's limits for tags of a resource; models, data, jobs and the like keep theirs elsewhere. */
const maxTags = 50;
const maxKeyLength = 512;
const maxValueLength = 256;
const forbidden = /[<>%&\\?/]/;

export const tagLimitsRule: Rule = {
  name: 'tag-limits',
  codes: ['tag-limits'],
  check(document) {
    const tags = document.sound('tags');
    if (typeof tags !== 'object' || tags === null) return;
    const entries = Object.entries(tags as Readonly<Record<string, unknown>>);
    if (entries.length > maxTags) {
      const message = `tags has ${entries.length} entries: Azure takes ${maxTags}`;
      document.warning('tag-limits', message, 'tags');
    }
    for (const [key, value] of entries) {
      const character = forbidden.exec(key)?.[0];
      if (character !== undefined) {
        const message = `the tag '${abbreviate(key)}' has a ${character}: Azure takes none of < > % & \\ ? / in a tag's name`;
        document.warningAtKey('tag-limits', message, 'tags', key);
      } else if (key.length > maxKeyLength) {
        const message = `the tag '${abbreviate(key, 40)}' has a name of ${key.length} characters: Azure takes ${maxKeyLength}`;
        document.warningAtKey('tag-limits', message, 'tags', key);
      }
      if (typeof value === 'string' && value.length > maxValueLength) {
        const message = `the tag '${abbreviate(key, 40)}' has ${value.length} characters: Azure takes ${maxValueLength}`;
        document.warning('tag-limits', message, 'tags', key);
      }
    }
  },
};
