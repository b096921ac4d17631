import { scalarText } from './compile-values.ts';
import type { RawMembers } from './compile-values.ts';
import { invalid } from './job-fault.ts';

const notFinite = /^[+-]?(?:inf|infinity|nan)$/i;

function isOfType(text: string, type: string): boolean {
  switch (type) {
    case 'integer':
      return text.trim() !== '' && Number.isInteger(Number(text));
    case 'number':
    case 'float':
      return (text.trim() !== '' && Number.isFinite(Number(text))) || notFinite.test(text);
    case 'boolean':
      return /^(?:true|false|0|1)$/i.test(text);
    default:
      return true;
  }
}

/**
 * Refuses a text that an input of a component cannot take: of another type, out of its range, none of its words. Letters
 * are compared without case, for Python writes `True` where a file has `true`.
 */
export function checkLiteral(text: string, definition: RawMembers, where: string): void {
  const type = scalarText(definition['type'])?.toLowerCase() ?? 'string';
  const shown = JSON.stringify(text.slice(0, 80));
  if (!isOfType(text, type)) throw invalid(`${where} is ${shown}, expected a value of type ${type}.`);
  const words = definition['enum'];
  if (Array.isArray(words)) {
    const known = words.map((word) => scalarText(word) ?? '');
    if (!known.some((word) => word.toLowerCase() === text.toLowerCase()))
      throw invalid(`${where} is ${shown}, expected one of ${known.join(', ')}.`);
  }
  if (type !== 'integer' && type !== 'number') return;
  const [min, max] = [definition['min'], definition['max']].map(scalarText);
  if (min !== undefined && Number(text) < Number(min))
    throw invalid(`${where} is ${shown}, expected at least ${min}.`);
  if (max !== undefined && Number(text) > Number(max))
    throw invalid(`${where} is ${shown}, expected at most ${max}.`);
}
