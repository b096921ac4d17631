import type { CurvePoint } from '../../metrics/index.ts';
import { html } from './html-text.ts';

export interface ChartSeries {
  readonly name: string;
  readonly points: readonly CurvePoint[];
}

/** Told apart also by those who see few colours; all dark enough on white. */
export const palette = [
  '#0b5fa5',
  '#b3530a',
  '#1a7f5a',
  '#8a3ffc',
  '#a3261b',
  '#5f6b00',
  '#00737a',
  '#9f1f63',
];

const box = { left: 42, top: 10, width: 350, height: 260 } as const;

/** Both axes run from 0 to 1. */
export function lineChart(options: {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly ChartSeries[];
  readonly diagonal?: boolean;
}): string {
  const { title, xLabel, yLabel, series } = options;
  const x = (value: number): string => (box.left + value * box.width).toFixed(1);
  const y = (value: number): string => (box.top + (1 - value) * box.height).toFixed(1);
  const ticks = [0, 0.25, 0.5, 0.75, 1].map(
    (tick) =>
      `<path d="M${x(0)} ${y(tick)}H${x(1)}M${x(tick)} ${y(0)}V${y(1)}" stroke="#e3e7ec"/>` +
      `<text x="${box.left - 6}" y="${y(tick)}" dy=".35em" text-anchor="end" fill="#566170">${tick}</text>` +
      `<text x="${x(tick)}" y="${box.top + box.height + 15}" text-anchor="middle" fill="#566170">${tick}</text>`,
  );
  const lines = series.map(({ points }, index) => {
    const path = points.map(([px, py], at) => `${at === 0 ? 'M' : 'L'}${x(px)} ${y(py)}`).join('');
    return `<path d="${path}" fill="none" stroke="${palette[index % palette.length]}" stroke-width="2" stroke-linejoin="round"/>`;
  });
  const diagonal =
    options.diagonal === true
      ? `<path d="M${x(0)} ${y(0)}L${x(1)} ${y(1)}" stroke="#9aa4b1" stroke-dasharray="4 4"/>`
      : '';
  const key = series
    .map(
      ({ name }, index) =>
        `<li><i style="background:${palette[index % palette.length]}"></i>${html(name)}</li>`,
    )
    .join('');
  return (
    `<figure><figcaption>${html(title)}</figcaption>` +
    `<svg viewBox="0 0 410 312" role="img" aria-label="${html(`${title}: ${yLabel} over ${xLabel}`)}">${ticks.join('')}${diagonal}${lines.join('')}` +
    `<text x="${box.left + box.width / 2}" y="306" text-anchor="middle" fill="#1a1f26">${html(xLabel)}</text>` +
    `<text transform="translate(11 ${box.top + box.height / 2}) rotate(-90)" text-anchor="middle" fill="#1a1f26">${html(yLabel)}</text></svg>` +
    `<ul class="key">${key}</ul></figure>`
  );
}
