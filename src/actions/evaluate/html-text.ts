/** Text of anybody as text in HTML and in attributes. Control characters become a mark: they have no place there. */
export function html(text: string): string {
  return text
    .replaceAll(/(?![\t\n])\p{Cc}/gu, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** A figure as people read it: four digits, "n/a" where it is undefined. */
export function figure(value: number | null | undefined): string {
  return value === null || value === undefined || !Number.isFinite(value) ? 'n/a' : value.toFixed(4);
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** Names of metrics, which may break behind an underscore and nowhere else. */
export function metricName(name: string): string {
  return html(name).replaceAll('_', '_<wbr>');
}

/** Labels as a list; of many the first, and how many more. */
export function labelList(labels: readonly string[]): string {
  if (labels.length === 0) return 'nothing';
  const more = labels.length - shownLabels;
  return html(labels.slice(0, shownLabels).join(', ')) + (more > 0 ? `</b> and ${more} more<b>` : '');
}

const shownLabels = 5;
