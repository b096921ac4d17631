import type { ExplainResult, Explanation } from '../actions/explain.ts';
import { formatTable } from './format-table.ts';

/** Of codes that were asked for: all that is known, one after the other. */
export function renderExplanations({ explanations }: ExplainResult): string {
  return explanations.map(renderExplanation).join('\n');
}

/** Of all codes: one line each. */
export function renderCodeList({ explanations }: ExplainResult): string {
  const table = (about: Explanation['about'], title: string): string =>
    formatTable(
      [title, 'means'],
      explanations.filter((each) => each.about === about).map(({ code, meaning }) => [code, meaning]),
    );
  return `${table('finding', 'finding')}\n${table('error', 'error')}`;
}

function renderExplanation({ code, about, ...rest }: Explanation): string {
  const { meaning, why, remedy, source, example, exitCode } = rest;
  const head = exitCode === undefined ? `${about} ${code}` : `${about} ${code} (exit code ${exitCode})`;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['why', why],
    ['what to do', remedy],
    ['source', source],
  ];
  const given = facts.filter((fact): fact is [string, string] => fact[1] !== undefined);
  return [
    head,
    `  ${meaning}`,
    ...given.map(([name, text]) => `  ${`${name}:`.padEnd(12)}${text}`),
    ...(example === undefined
      ? []
      : ['', `  wrong (${example.kind}):`, ...indent(example.bad), '  right:', ...indent(example.good)]),
    '',
  ].join('\n');
}

function indent(text: string): string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `    ${line}`);
}
