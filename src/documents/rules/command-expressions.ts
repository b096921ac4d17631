import { nearestNames } from '../../io/nearest-names.ts';
import type { CheckedDocument } from '../checked-document.ts';
import { isRequired, readComponentInterface } from '../component-interface.ts';
import { findExpressions, rangeInScalar } from '../expressions.ts';
import type { Rule } from '../kinds/kind.ts';
import { entryOf } from '../yaml-tree.ts';
import type { YamlMapping, YamlScalar } from '../yaml-tree.ts';

/** Of one command; more is something else than a slip. */
const maxFindings = 50;

/** A command with what may be named in it. */
interface Command {
  readonly scalar: YamlScalar;
  readonly path: readonly string[];
  readonly owner: YamlMapping;
  readonly isComponent: boolean;
}

/** `${{inputs.x}}` and `${{outputs.y}}` in a command that the document does not declare. */
export const commandExpressionRule: Rule = {
  name: 'command-expression',
  codes: ['undeclared-name'],
  check(document) {
    for (const command of commandsOf(document)) {
      if (document.isReported(...command.path)) continue;
      let told = 0;
      for (const expression of findExpressions(command.scalar.source)) {
        const problem = problemOf(expression.body, command);
        if (problem === undefined) continue;
        told += 1;
        if (told > maxFindings) break;
        document.report({
          severity: 'error',
          code: 'undeclared-name',
          message: `${expression.source} ${problem.message}`,
          path: command.path,
          range: rangeInScalar(document.text, command.scalar, expression),
          ...(problem.suggestion === undefined ? {} : { suggestion: problem.suggestion }),
        });
      }
    }
  },
};

/** Inputs that may be left out, in a part of the command that is never left out. */
export const optionalInputRule: Rule = {
  name: 'optional-input',
  codes: ['optional-input'],
  check(document) {
    for (const { scalar, path, owner, isComponent } of commandsOf(document)) {
      if (!isComponent || document.isReported(...path)) continue;
      const { inputs } = readComponentInterface(owner);
      const brackets = bracketRanges(scalar.source);
      for (const expression of findExpressions(scalar.source)) {
        const name = expression.body.startsWith('inputs.') ? expression.body.slice('inputs.'.length) : '';
        const input = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
        if (input === undefined || isRequired(input) || input.default !== undefined) continue;
        if (brackets.some(({ start, end }) => expression.index >= start && expression.index < end)) continue;
        document.report({
          severity: 'warning',
          code: 'optional-input',
          message: `${expression.source} may be left out: put what needs it into $[[ ]]`,
          path,
          range: rangeInScalar(document.text, scalar, expression),
        });
      }
    }
  },
};

export const commandBracketsRule: Rule = {
  name: 'command-brackets',
  codes: ['command-brackets'],
  check(document) {
    for (const { scalar, path } of commandsOf(document)) {
      if (document.isReported(...path)) continue;
      const open = scalar.source.lastIndexOf('$[[');
      if (open === -1 || scalar.source.includes(']]', open)) continue;
      document.report({
        severity: 'warning',
        code: 'command-brackets',
        message: '$[[ has no ]] after it',
        path,
        range: rangeInScalar(document.text, scalar, { source: '$[[', index: open }),
      });
    }
  },
};

/** The document's own command, and those of the nodes that are described in it. */
function commandsOf(document: CheckedDocument): Command[] {
  const { root, definition } = document;
  const commands: Command[] = [];
  const add = (owner: YamlMapping, path: readonly string[], isComponent: boolean): void => {
    const scalar = entryOf(owner, 'command')?.value;
    if (scalar?.kind !== 'scalar' || scalar.scalar.type !== 'text') return;
    commands.push({ scalar, path: [...path, 'command'], owner, isComponent });
  };
  if (definition.kind === 'commandJob' || definition.kind === 'commandComponent') {
    add(root, [], definition.kind === 'commandComponent');
  }
  const jobs = entryOf(root, 'jobs')?.value;
  for (const { name, value } of jobs?.kind === 'mapping' ? jobs.entries.values() : []) {
    const component = entryOf(value, 'component')?.value;
    if (component?.kind === 'mapping') add(component, ['jobs', name, 'component'], true);
    else if (value.kind === 'mapping' && component === undefined) add(value, ['jobs', name], false);
  }
  return commands;
}

function problemOf(
  body: string,
  { owner }: Command,
): { readonly message: string; readonly suggestion?: string } | undefined {
  const [kind = '', name = ''] = body.split('.');
  if (kind !== 'inputs' && kind !== 'outputs') return undefined;
  const declared = entryOf(owner, kind)?.value;
  const names = declared?.kind === 'mapping' ? [...declared.entries.keys()] : [];
  const one = kind.slice(0, -1);
  if (name === '') return { message: `names no ${one}: expected ${kind}.NAME` };
  const whole = body.slice(kind.length + 1);
  // A group's members have dots in their names; `.path` after a name is its path.
  if (names.some((each) => each === name || each === whole || each.startsWith(`${name}.`))) return undefined;
  // A hostile file must not cost quadratic time.
  const [nearest] = names.length > 500 ? [] : nearestNames(name, names, { limit: 1 });
  const hint = nearest === undefined ? '' : `; did you mean '${nearest}'?`;
  return {
    message: `names no ${one} that is declared${hint}`,
    ...(nearest === undefined ? {} : { suggestion: nearest }),
  };
}

function bracketRanges(command: string): { readonly start: number; readonly end: number }[] {
  return [...command.matchAll(/\$\[\[.*?\]\]/gs)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
  }));
}
