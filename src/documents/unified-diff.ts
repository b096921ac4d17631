/** Lines of context around a change. */
const context = 3;
/** Cells of the table that finds the shortest script; beyond it the differing part is replaced as a whole. */
const maxCells = 4_000_000;

interface Edit {
  readonly kind: ' ' | '-' | '+';
  readonly line: string;
}

/**
 * The difference of two texts in the unified format, as `patch` takes it; empty when they are equal. `before`
 * undefined is a file that is not there.
 */
export function unifiedDiff(before: string | undefined, after: string, path: string): string {
  if (before === after) return '';
  const edits = editScript(splitLines(before ?? ''), splitLines(after));
  const header = [before === undefined ? '--- /dev/null' : `--- a/${path}`, `+++ b/${path}`];
  return [...header, ...hunks(edits), ''].join('\n');
}

/** Lines with their ends; one without is marked as `patch` wants it. */
function splitLines(text: string): string[] {
  const lines = text.split('\n');
  const last = lines.pop();
  if (last !== undefined && last !== '') lines.push(`${last}\n\\ No newline at end of file`);
  return lines;
}

function editScript(before: readonly string[], after: readonly string[]): Edit[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let end = 0;
  const shorter = Math.min(before.length, after.length) - start;
  while (end < shorter && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  const keep = (lines: readonly string[]): Edit[] => lines.map((line) => ({ kind: ' ', line }));
  return [
    ...keep(before.slice(0, start)),
    ...middleEdits(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...keep(before.slice(before.length - end)),
  ];
}

function middleEdits(before: readonly string[], after: readonly string[]): Edit[] {
  const remove = (line: string): Edit => ({ kind: '-', line });
  const add = (line: string): Edit => ({ kind: '+', line });
  const width = after.length + 1;
  if ((before.length + 1) * width > maxCells) return [...before.map(remove), ...after.map(add)];
  // common[i * width + j]: the longest common subsequence of what is left from i and j on.
  const common = new Uint32Array((before.length + 1) * width);
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      common[i * width + j] =
        before[i] === after[j]
          ? (common[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(common[(i + 1) * width + j] ?? 0, common[i * width + j + 1] ?? 0);
    }
  }
  const edits: Edit[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    const [old, new_] = [before[i], after[j]];
    if (old !== undefined && old === new_) {
      edits.push({ kind: ' ', line: old });
      i += 1;
      j += 1;
    } else if (
      old !== undefined &&
      (new_ === undefined || (common[(i + 1) * width + j] ?? 0) >= (common[i * width + j + 1] ?? 0))
    ) {
      edits.push(remove(old));
      i += 1;
    } else if (new_ !== undefined) {
      edits.push(add(new_));
      j += 1;
    }
  }
  return edits;
}

function hunks(edits: readonly Edit[]): string[] {
  const lines: string[] = [];
  const changed = edits.flatMap((edit, index) => (edit.kind === ' ' ? [] : [index]));
  let from = 0;
  while (from < changed.length) {
    let to = from;
    while (to + 1 < changed.length && (changed[to + 1] ?? 0) - (changed[to] ?? 0) <= 2 * context) to += 1;
    const start = Math.max(0, (changed[from] ?? 0) - context);
    const body = edits.slice(start, (changed[to] ?? 0) + context + 1);
    const head = edits.slice(0, start);
    lines.push(`@@ -${range(head, body, '+')} +${range(head, body, '-')} @@`);
    lines.push(...body.map(({ kind, line }) => kind + line));
    from = to + 1;
  }
  return lines;
}

/** `start,count` of one side: all edits but those of the other. */
function range(head: readonly Edit[], body: readonly Edit[], other: '-' | '+'): string {
  const count = (edits: readonly Edit[]): number => edits.filter(({ kind }) => kind !== other).length;
  const length = count(body);
  const start = count(head) + (length === 0 ? 0 : 1);
  return length === 1 ? String(start) : `${start},${length}`;
}
