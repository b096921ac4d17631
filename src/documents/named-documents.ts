import { resolve } from 'node:path';
import type { CheckedFile } from './check-file.ts';
import type { DocumentKind } from './kinds/kind.ts';
import { hasPlaceholder } from './placeholder.ts';
import { entryOf, scalarText } from './yaml-tree.ts';
import type { YamlNode } from './yaml-tree.ts';

/** A file that a document names, and by that says what it is. */
export interface NamedDocument {
  /** As the document names it. */
  readonly given: string;
  /** Absolute. */
  readonly path: string;
  readonly kind: DocumentKind;
}

/** The DeepSpeed configurations that pipelines name, whatever they are called. `directory`: absolute, of the file. */
export function namedDocuments({ documents }: CheckedFile, directory: string): NamedDocument[] {
  return documents.flatMap(({ root, definition }) => {
    if (definition.kind !== 'pipelineJob') return [];
    const jobs = entryOf(root, 'jobs')?.value;
    const nodes = jobs?.kind === 'mapping' ? [...jobs.entries.values()].map(({ value }) => value) : [];
    return [root, ...nodes].flatMap((owner) => {
      const given = pathOf(entryOf(entryOf(owner, 'inputs')?.value, 'deepspeed_config')?.value);
      return given === undefined
        ? []
        : [{ given, path: resolve(directory, given), kind: 'deepspeedConfig' as const }];
    });
  });
}

function pathOf(input: YamlNode | undefined): string | undefined {
  const text = input?.kind === 'scalar' ? input.source : scalarText(input, 'path');
  // Two letters at least: `C:\ds.json` is a path.
  const isElsewhere = text === undefined || text === '' || /^[a-z][a-z0-9+.-]+:/i.test(text);
  return isElsewhere || text.includes('${{') || hasPlaceholder(text) ? undefined : text;
}
