import { html } from './html-text.ts';

/** Beyond it a matrix cannot be read: the most frequent confusions are listed instead. */
export const maxMatrixClasses = 25;

/** Rows are the truth; the shade is the share of the row. */
export function confusionChart(classes: readonly string[], matrix: readonly (readonly number[])[]): string {
  const cell = classes.length > 12 ? 26 : 42;
  const left = 120;
  const top = 96;
  const size = cell * classes.length;
  const short = (label: string): string =>
    html(Array.from(label).length > 16 ? `${Array.from(label).slice(0, 15).join('')}…` : label);
  const cells = matrix.flatMap((row, truth) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count, predicted) => {
      const share = total === 0 ? 0 : count / total;
      const fill =
        truth === predicted
          ? `rgba(11,95,165,${(0.04 + 0.9 * share).toFixed(3)})`
          : `rgba(163,38,27,${(count === 0 ? 0.02 : 0.1 + 0.85 * share).toFixed(3)})`;
      const [x, y] = [left + predicted * cell, top + truth * cell];
      const title = `${html(classes[truth] ?? '')} taken for ${html(classes[predicted] ?? '')}: ${count} of ${total}`;
      return (
        `<g><title>${title}</title><rect x="${x}" y="${y}" width="${cell - 1}" height="${cell - 1}" fill="${fill}"/>` +
        (count === 0
          ? ''
          : `<text x="${x + cell / 2}" y="${y + cell / 2}" dy=".35em" text-anchor="middle" fill="${share > 0.5 ? '#fff' : '#1a1f26'}">${count}</text>`) +
        '</g>'
      );
    });
  });
  const labels = classes.map(
    (label, index) =>
      `<text x="${left - 6}" y="${top + index * cell + cell / 2}" dy=".35em" text-anchor="end" fill="#1a1f26">${short(label)}</text>` +
      `<text transform="translate(${left + index * cell + cell / 2} ${top - 6}) rotate(-45)" fill="#1a1f26">${short(label)}</text>`,
  );
  const width = left + size + 60;
  return (
    `<div class="scroll"><svg style="width:${width}px;max-width:none" viewBox="0 0 ${width} ${top + size + 4}" role="img" aria-label="confusion matrix: rows are the truth, columns the prediction">` +
    `${labels.join('')}${cells.join('')}</svg></div>`
  );
}
