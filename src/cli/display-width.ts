/** What takes no column: combining marks, joiners, variation selectors. */
const zero = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
/** What takes two: East Asian wide and fullwidth (Unicode annex 11), and emoji that are shown as pictures. */
const wide =
  /^[\u1100-\u115F\u2329\u232A\u2E80-\u303E\u3041-\u4DBF\u4E00-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE10-\uFE19\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6\u{20000}-\u{3FFFD}\p{Emoji_Presentation}]$/u;

function widthOf(character: string): number {
  if (character >= ' ' && character <= '~') return 1;
  return zero.test(character) ? 0 : wide.test(character) ? 2 : 1;
}

/** How many columns of a terminal a line of text takes. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += widthOf(character);
  return width;
}

/** As much of a line as fits into so many columns. */
export function cutToWidth(text: string, columns: number): string {
  let width = 0;
  let length = 0;
  for (const character of text) {
    width += widthOf(character);
    if (width > columns) break;
    length += character.length;
  }
  return text.slice(0, length);
}
