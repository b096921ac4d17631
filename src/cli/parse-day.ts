import { AmlDeitError } from '../errors/index.ts';

/** A calendar day, `YYYY-MM-DD`, as midnight UTC; throws a usage error for anything else, such as 2026-02-30. */
export function parseDay(text: string): Date {
  const day = new Date(`${text}T00:00:00.000Z`);
  if (
    !/^\d{4}-\d{2}-\d{2}$/.test(text) ||
    Number.isNaN(day.getTime()) ||
    day.toISOString().slice(0, 10) !== text
  ) {
    throw new AmlDeitError('USAGE', `'${text}' is not a date: expected YYYY-MM-DD, such as 2026-11-23`);
  }
  return day;
}
