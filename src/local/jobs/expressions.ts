/** The expressions of jobs: `${{parent.inputs.x}}` in values, `${{inputs.x}}` and `$[[ … ]]` in commands. */

export type Binding =
  | { readonly to: 'parentInput'; readonly name: string }
  | { readonly to: 'parentOutput'; readonly name: string }
  | { readonly to: 'nodeOutput'; readonly node: string; readonly output: string };

const whole = /^\$\{\{\s*([^{}]+?)\s*\}\}$/;
const expression = /\$\{\{\s*([^{}]*?)\s*\}\}/g;
const optionalPart = /\$\[\[(.*?)\]\]/gs;

function bindingOf(path: string): Binding | undefined {
  const [, parentKind, name = ''] = /^parent\.(inputs|outputs)\.([\w.]+)$/.exec(path) ?? [];
  if (parentKind === 'inputs') return { to: 'parentInput', name };
  if (parentKind === 'outputs') return { to: 'parentOutput', name };
  const [, node, output] = /^parent\.jobs\.(\w+)\.outputs\.([\w.]+)$/.exec(path) ?? [];
  return node === undefined || output === undefined ? undefined : { to: 'nodeOutput', node, output };
}

/** What a value is bound to when it is one expression; `invalid` when it is one that means nothing. */
export function parseBinding(text: string): Binding | 'invalid' | undefined {
  const path = whole.exec(text.trim())?.[1];
  if (path === undefined) return undefined;
  return bindingOf(path) ?? 'invalid';
}

/** The names of the parent's inputs in a text, and every expression in it that is something else. */
export function embeddedInputs(text: string): { readonly names: string[]; readonly invalid: string[] } {
  const names: string[] = [];
  const invalid: string[] = [];
  for (const [match, path = ''] of text.matchAll(expression)) {
    const binding = bindingOf(path);
    if (binding?.to === 'parentInput') names.push(binding.name);
    else invalid.push(match);
  }
  return { names, invalid };
}

/** Puts the parent's inputs into a text; an input that is absent becomes nothing. */
export function fillEmbedded(text: string, valueOf: (name: string) => string | undefined): string {
  return text.replaceAll(expression, (match, path: string) => {
    const binding = bindingOf(path);
    return binding?.to === 'parentInput' ? (valueOf(binding.name) ?? '') : match;
  });
}

export interface CommandReference {
  readonly kind: 'inputs' | 'outputs';
  readonly name: string;
}

function referenceOf(path: string): CommandReference | undefined {
  // `${{inputs.table.path}}` is another way to write `${{inputs.table}}`.
  const [, kind, name] = /^(inputs|outputs)\.([\w.]+?)(?:\.path)?$/.exec(path) ?? [];
  return (kind === 'inputs' || kind === 'outputs') && name !== undefined ? { kind, name } : undefined;
}

/** What a command refers to, and every expression in it that is no such reference. */
export function commandReferences(command: string): {
  readonly references: readonly CommandReference[];
  readonly invalid: readonly string[];
} {
  const references: CommandReference[] = [];
  const invalid: string[] = [];
  for (const [match, path = ''] of command.matchAll(expression)) {
    const reference = referenceOf(path);
    if (reference === undefined) invalid.push(match);
    else references.push(reference);
  }
  return { references, invalid };
}

/**
 * The command line that is run. `valueOf` says undefined for an optional input that is absent: a `$[[ … ]]` around it
 * vanishes, and outside of one it becomes nothing.
 */
export function fillCommand(
  command: string,
  valueOf: (reference: CommandReference) => string | undefined,
): string {
  const fill = (text: string): string =>
    text.replaceAll(expression, (match, path: string) => {
      const reference = referenceOf(path);
      return reference === undefined ? match : (valueOf(reference) ?? '');
    });
  return fill(
    command.replaceAll(optionalPart, (_match, part: string) => {
      const { references } = commandReferences(part);
      return references.some((reference) => valueOf(reference) === undefined) ? '' : part;
    }),
  );
}
