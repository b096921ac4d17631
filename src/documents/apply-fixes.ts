import type { Diagnostic, TextEdit } from './diagnostic.ts';

/** Every round may uncover what the one before hid; a document that needs more is not converging. */
const maxRounds = 10;

/** What is found in a text. */
export type Check = (text: string) => readonly Diagnostic[] | Promise<readonly Diagnostic[]>;

export interface FixedText {
  readonly text: string;
  /** The findings that were repaired, in the order in which that happened. */
  readonly fixed: readonly Diagnostic[];
  /** What is found in the new text. */
  readonly remaining: readonly Diagnostic[];
}

/**
 * Applies the fixes of a text's findings, checks again, and goes on until nothing is left to fix. A fix is kept only
 * where the text is no worse for it: it can still be read, and has no more errors than before. Everything outside the
 * edits stays as it is, line ends and a byte order mark included.
 */
export async function fixText(text: string, check: Check): Promise<FixedText> {
  let current = text;
  let findings = await check(text);
  const fixed: Diagnostic[] = [];
  for (let round = 0; round < maxRounds; round += 1) {
    const step = await improve(current, findings, check);
    if (step === undefined) break;
    fixed.push(...step.applied);
    current = step.text;
    findings = step.findings;
  }
  return { text: current, fixed, remaining: findings };
}

interface Step {
  readonly text: string;
  readonly applied: readonly Diagnostic[];
  readonly findings: readonly Diagnostic[];
}

async function improve(
  text: string,
  findings: readonly Diagnostic[],
  check: Check,
): Promise<Step | undefined> {
  const fixable = findings.filter(({ fix }) => fix !== undefined);
  const all = await tryFixes(text, findings, fixable, check);
  if (all !== undefined || fixable.length < 2) return all;
  // One of them does harm: the first that helps on its own is taken, the others come up again.
  for (const diagnostic of fixable) {
    const one = await tryFixes(text, findings, [diagnostic], check);
    if (one !== undefined) return one;
  }
  return undefined;
}

async function tryFixes(
  text: string,
  findings: readonly Diagnostic[],
  wanted: readonly Diagnostic[],
  check: Check,
): Promise<Step | undefined> {
  const applied = applyFixes(text, wanted);
  if (applied.text === text) return undefined;
  const after = await check(applied.text);
  return isWorse(findings, after) ? undefined : { ...applied, findings: after };
}

function isWorse(before: readonly Diagnostic[], after: readonly Diagnostic[]): boolean {
  const errors = (list: readonly Diagnostic[]): number =>
    list.filter(({ severity }) => severity === 'error').length;
  // A text that cannot be read has one error, which may be fewer than before.
  const unreadable = (list: readonly Diagnostic[]): number =>
    list.filter(({ severity, code }) => severity === 'error' && code.startsWith('yaml-')).length;
  return (
    errors(after) > errors(before) ||
    unreadable(after) > unreadable(before) ||
    // Otherwise two fixes could undo each other for ever.
    (errors(after) === errors(before) && after.length >= before.length)
  );
}

/**
 * The text after all fixes that can be made at once: of two that touch each other the first in the file wins, and the
 * other waits for the next round. Values that several aliases share are edited once.
 */
export function applyFixes(
  text: string,
  diagnostics: readonly Diagnostic[],
): { readonly text: string; readonly applied: readonly Diagnostic[] } {
  const taken: TextEdit[] = [];
  const applied: Diagnostic[] = [];
  for (const diagnostic of inFileOrder(diagnostics)) {
    const edits = diagnostic.fix?.edits ?? [];
    if (edits.length === 0 || !edits.every((edit) => fits(edit, text.length))) continue;
    const fresh = edits.filter((edit) => !taken.some((other) => sameEdit(edit, other)));
    if (fresh.some((edit, index) => [...taken, ...fresh.slice(0, index)].some((other) => touch(edit, other))))
      continue;
    taken.push(...fresh);
    applied.push(diagnostic);
  }
  let result = text;
  for (const { start, end, text: replacement } of taken.sort((a, b) => b.start - a.start)) {
    result = result.slice(0, start) + replacement + result.slice(end);
  }
  return { text: result, applied };
}

function inFileOrder(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const start = ({ fix }: Diagnostic): number => Math.min(...(fix?.edits ?? []).map((edit) => edit.start));
  return [...diagnostics].sort((a, b) => start(a) - start(b));
}

function fits({ start, end }: TextEdit, length: number): boolean {
  return Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start <= end && end <= length;
}

function sameEdit(a: TextEdit, b: TextEdit): boolean {
  return a.start === b.start && a.end === b.end && a.text === b.text;
}

function touch(a: TextEdit, b: TextEdit): boolean {
  return a.start <= b.end && b.start <= a.end;
}
