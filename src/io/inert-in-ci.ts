/**
 * CI services take commands from what a step prints: GitHub a line that begins with `::` and `##[…]` anywhere, Azure
 * Pipelines `##vso[…]` anywhere. Text that comes from files must not become one.
 */

/** Text from within a line, of the same length. */
export function inertInCi(text: string): string {
  return text.replaceAll(/##(?=(?:vso)?\[)/gi, '#\uFFFD');
}

/** A file's name that begins a line; the name still leads to the file. */
export function inertAtLineStart(name: string): string {
  return inertInCi(name.trimStart().startsWith('::') ? `./${name}` : name);
}

/** Whole lines, of the same length; what they are about may be indented. */
export function inertLines(text: string): string {
  return inertInCi(text.replaceAll(/^([^\S\n]*):(?=:)/gm, '$1\uFFFD'));
}

/** A JSON document, indented, with the same values, in which no command can stand, and no control character. */
export function inertJson(value: unknown): string {
  // Two # and what is controlling above ASCII can stand inside a string only, where an escape is the same character.
  return JSON.stringify(value, null, 2)
    .replaceAll(/#(?=#)/g, String.raw`\u0023`)
    .replaceAll(
      /[\u007F-\u009F\u2028-\u202E\u2066-\u2069]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
}
