/** Percent by deployment name, whole numbers; either all zero or summing to 100. */
export type Traffic = Readonly<Record<string, number>>;

/** Without zero weights, names in lower case: the service compares names without case and its clients send them so. */
export function normalizeTraffic(traffic: Traffic): Traffic {
  return Object.fromEntries(
    Object.entries(traffic)
      .filter(([, percent]) => percent > 0)
      .map(([name, percent]) => [name.toLowerCase(), percent] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

export function sameTraffic(a: Traffic, b: Traffic): boolean {
  return JSON.stringify(normalizeTraffic(a)) === JSON.stringify(normalizeTraffic(b));
}

export function trafficOf(traffic: Traffic, name: string): number {
  return normalizeTraffic(traffic)[name.toLowerCase()] ?? 0;
}

/**
 * Gives `name` that percentage and lets the others share the rest in their old proportions, by largest remainder, so
 * that it sums to exactly 100. With nobody else to share, `name` gets all of it.
 */
export function moveTraffic(current: Traffic, name: string, percent: number): Traffic {
  if (!Number.isInteger(percent) || percent < 0 || percent > 100) {
    throw new RangeError(`traffic must be a whole number from 0 to 100, not ${percent}`);
  }
  const target = name.toLowerCase();
  const others = Object.entries(normalizeTraffic(current)).filter(([other]) => other !== target);
  const total = others.reduce((sum, [, weight]) => sum + weight, 0);
  if (total === 0) return { [target]: 100 };
  const rest = 100 - percent;
  const shares = others.map(([other, weight]) => {
    const exact = (weight * rest) / total;
    return { name: other, whole: Math.floor(exact), remainder: exact - Math.floor(exact) };
  });
  let missing = rest - shares.reduce((sum, share) => sum + share.whole, 0);
  for (const share of [...shares].sort((a, b) => b.remainder - a.remainder)) {
    if (missing === 0) break;
    share.whole += 1;
    missing -= 1;
  }
  return normalizeTraffic({
    ...Object.fromEntries(shares.map((share) => [share.name, share.whole])),
    [target]: percent,
  });
}

/** `r1f3a 90 %, blue 10 %`; `nobody` when all is zero. */
export function describeTraffic(traffic: Traffic): string {
  const parts = Object.entries(normalizeTraffic(traffic)).map(([name, percent]) => `${name} ${percent} %`);
  return parts.length === 0 ? 'nobody' : parts.join(', ');
}
