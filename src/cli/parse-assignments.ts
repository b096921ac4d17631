import { AmlDeitError } from '../errors/index.ts';

/** `['a=1', 'b=2']` → `{a: '1', b: '2'}`; a value may hold further `=`. A name given twice is a mistake. */
export function parseAssignments(values: readonly string[], form: string): Record<string, string> {
  const result: Record<string, string> = {};
  for (const value of values) {
    const at = value.indexOf('=');
    if (at < 1) throw new AmlDeitError('USAGE', `"${value}" is not of the form ${form}`);
    const name = value.slice(0, at);
    if (Object.hasOwn(result, name)) throw new AmlDeitError('USAGE', `"${name}" is given twice`);
    result[name] = value.slice(at + 1);
  }
  return result;
}
