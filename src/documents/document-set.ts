import { dirname } from 'node:path';
import type { CheckedFile } from './check-file.ts';
import { setRules } from './set-rules/index.ts';
import type { SetMember } from './set-rules/set-rule.ts';

/** All documents of a run, for what can be seen only between them. */
export class DocumentSet {
  readonly #members: SetMember[] = [];

  /** `path` is absolute; undefined for text that has no file. */
  add({ documents }: CheckedFile, path: string | undefined): void {
    for (const document of documents) {
      const { kind } = document.definition;
      this.#members.push({ document, kind, path, directory: path === undefined ? '' : dirname(path) });
    }
  }

  /** Reports through the documents; `asOf` is a day, `YYYY-MM-DD`; called once, when all are there. `withoutRule` is for tests. */
  check(asOf: string, withoutRule?: string): void {
    for (const rule of setRules) {
      if (rule.name !== withoutRule) rule.check({ members: this.#members, asOf });
    }
  }
}
