const pattern =
  /^P(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/** ISO 8601 duration (days to seconds) in milliseconds; undefined when it is none. */
export function parseIsoDuration(text: string): number | undefined {
  const match = pattern.exec(text);
  if (match === null || /^PT?$/.test(text)) return undefined;
  const part = (index: number): number => Number(match[index] ?? 0);
  return Math.round((((part(1) * 24 + part(2)) * 60 + part(3)) * 60 + part(4)) * 1000);
}

/** `PT1M30S` for 90000, as Azure ML's own clients write it; `PT0S` for 0. */
export function formatIsoDuration(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  const seconds = (ms - minutes * 60_000) / 1000;
  if (ms === 0) return 'PT0S';
  return `PT${minutes === 0 ? '' : `${minutes}M`}${seconds === 0 ? '' : `${seconds}S`}`;
}
