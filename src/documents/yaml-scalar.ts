import { resolvePlainScalar } from './resolve-scalar.ts';

/**
 * A value as a YAML scalar on one line that every reader reads back as the same value of the same type: those of
 * YAML 1.1 (`yes`, `010`, `12:30` and dates are no text to them) and those of 1.2 (`1e5` is none to them).
 *
 * Throws RangeError for a number that is not finite.
 */
export function yamlScalar(value: string | number | boolean): string {
  if (typeof value === 'string') return yamlText(value);
  return typeof value === 'boolean' ? String(value) : yamlNumber(value);
}

/** YAML 1.1 wants a dot in a float and a sign in its exponent: `5e-5` would be text. */
function yamlNumber(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`${value} is no number that a document may hold`);
  if (Number.isSafeInteger(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e16) {
    const digits = String(value);
    return digits.includes('.') ? digits : `${digits}.0`;
  }
  const [mantissa = '', exponent = ''] = value.toExponential().split('e');
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}e${exponent}`;
}

/** Text that is plain in every context we write: no indicator, no blank at an end, nothing like `: ` or ` #`. */
const plainPattern = /^[A-Za-z_./][-A-Za-z0-9_./:@+,()=]*(?: [-A-Za-z0-9_./:@+,()=]+)*$/;

function isPlain(text: string): boolean {
  if (!plainPattern.test(text) || /:(?: |$)/.test(text)) return false;
  // `.5` and `.inf` are numbers, `y` and `n` booleans to some readers.
  if (/^\.[^./]/.test(text) || /^[yYnN]$/.test(text)) return false;
  return resolvePlainScalar(text).type === 'text';
}

/** What a single-quoted scalar cannot hold on one line, or a reader of YAML 1.1 does not take unescaped. */
// eslint-disable-next-line no-control-regex
const unprintable = /[\u0000-\u001F\u007F-\u009F\u2028\u2029\uFEFF\uFFFE\uFFFF\p{Surrogate}]/u;
const escapable = new RegExp(`["\\\\]|${unprintable.source}`, 'gu');

function yamlText(text: string): string {
  if (isPlain(text)) return text;
  if (!unprintable.test(text)) {
    if (!text.includes("'") || text.includes('"') || text.includes('\\')) {
      return `'${text.replaceAll("'", "''")}'`;
    }
    return `"${text}"`;
  }
  return `"${text.replaceAll(escapable, escapeCharacter)}"`;
}

function escapeCharacter(character: string): string {
  switch (character) {
    case '"':
    case '\\':
      return `\\${character}`;
    case '\n':
      return '\\n';
    case '\t':
      return '\\t';
    default:
      return `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
  }
}
