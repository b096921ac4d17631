/** `blue 90 %, green 10 %`, or `none`. */
export function formatTraffic(traffic: Readonly<Record<string, number>>): string {
  const parts = Object.entries(traffic).map(([name, percent]) => `${name} ${percent} %`);
  return parts.length === 0 ? 'none' : parts.join(', ');
}
