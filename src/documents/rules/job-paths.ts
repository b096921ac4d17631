import { resolve } from 'node:path';
import type { CheckedDocument } from '../checked-document.ts';
import { parseComponentReference } from '../component-reference.ts';
import type { Rule, RuleContext } from '../kinds/kind.ts';
import { hasPlaceholder } from '../placeholder.ts';
import { abbreviate, entryOf } from '../yaml-tree.ts';
import type { YamlMapping, YamlNode } from '../yaml-tree.ts';

/** Files and folders that Azure's client opens while it reads the document. */
export const jobPathsRule: Rule = {
  name: 'job-paths',
  codes: ['path-missing'],
  check(document, context) {
    checkOwner(document, context, document.root, []);
    if (document.definition.kind === 'pipelineJob') {
      checkComponent(document, context, entryOf(document.root, 'component')?.value, []);
    }
    if (document.definition.kind === 'commandComponent') checkIncludes(document, context);
    const jobs = entryOf(document.root, 'jobs')?.value;
    for (const { name, value } of jobs?.kind === 'mapping' ? jobs.entries.values() : []) {
      if (value.kind !== 'mapping') continue;
      const path = ['jobs', name];
      const component = entryOf(value, 'component')?.value;
      checkOwner(document, context, value, path, component !== undefined);
      checkComponent(document, context, component, path);
    }
  },
};

function checkComponent(
  document: CheckedDocument,
  context: RuleContext,
  component: YamlNode | undefined,
  path: readonly string[],
): void {
  const at = [...path, 'component'];
  if (component?.kind === 'mapping') {
    checkOwner(document, context, component, at);
  } else if (component?.kind === 'scalar' && component.scalar.type === 'text') {
    const reference = parseComponentReference(component.source);
    if (reference.is === 'file') checkPath(document, context, reference.path, at, 'file');
  }
}

/** What is put beside the code; a folder may be named as the archive that it becomes. */
function checkIncludes(document: CheckedDocument, { directory, files }: RuleContext): void {
  const includes = entryOf(document.root, 'additional_includes')?.value;
  if (directory === undefined || includes?.kind !== 'sequence') return;
  for (const [index, item] of includes.items.entries()) {
    if (item.kind !== 'scalar' || item.scalar.type !== 'text' || hasPlaceholder(item.source)) continue;
    const given = item.source;
    const candidates = [given, given.replace(/\.zip$/, '')];
    if (candidates.some((each) => files.exists(resolve(directory, each)) !== undefined)) continue;
    const path = ['additional_includes', String(index)];
    const message = `${path.join('.')} is '${abbreviate(given)}': there is no such file or folder beside this file`;
    document.error('path-missing', message, ...path);
  }
}

function checkOwner(
  document: CheckedDocument,
  context: RuleContext,
  owner: YamlMapping,
  path: readonly string[],
  hasComponent = false,
): void {
  const text = (mapping: YamlMapping, key: string): string | undefined => {
    const value = entryOf(mapping, key)?.value;
    return value?.kind === 'scalar' && value.scalar.type === 'text' ? value.source : undefined;
  };
  // Beside a component, code is the component's own affair.
  if (!hasComponent) checkPath(document, context, text(owner, 'code'), [...path, 'code'], 'any');
  const environment = entryOf(owner, 'environment')?.value;
  if (environment?.kind === 'scalar' && environment.source.startsWith('file:')) {
    const file = environment.source.slice('file:'.length);
    checkPath(document, context, file, [...path, 'environment'], 'file');
  }
  if (environment?.kind !== 'mapping') return;
  const inside = [...path, 'environment'];
  checkPath(document, context, text(environment, 'conda_file'), [...inside, 'conda_file'], 'file');
  const build = entryOf(environment, 'build')?.value;
  if (build?.kind !== 'mapping') return;
  checkPath(document, context, text(build, 'path'), [...inside, 'build', 'path'], 'any');
}

function checkPath(
  document: CheckedDocument,
  context: RuleContext,
  given: string | undefined,
  path: readonly string[],
  expected: 'file' | 'any',
): void {
  // Two letters at least: `C:\code` is a path.
  if (given === undefined || context.directory === undefined || /^[a-z][a-z0-9+.-]+:/i.test(given)) return;
  if (given.startsWith('git+') || hasPlaceholder(given) || given.includes('${{')) return;
  const found = context.files.exists(resolve(context.directory, given));
  if (found === 'file' || (found === 'folder' && expected === 'any')) return;
  if (document.isReported(...path)) return;
  const what =
    found === 'folder' ? 'a folder: expected a file' : 'there is no such file or folder beside this file';
  const message = `${path.join('.')} is '${abbreviate(given)}'${found === 'folder' ? ', ' : ': '}${what}`;
  document.error('path-missing', message, ...path);
}
