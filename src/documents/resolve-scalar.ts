/**
 * YAML 1.1 scalars as PyYAML's safe loader reads them, because that is what Azure ML's own tools read documents
 * with: `yes` is a boolean, `010` is 8, `12:30` is 750, and `2e-5`, lacking a dot, is text.
 */

/** A date or a date and time: no field that we know takes one unquoted. */
export class YamlTimestamp {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type ScalarValue =
  | { readonly type: 'text'; readonly value: string }
  | { readonly type: 'integer'; readonly value: number | bigint }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'null'; readonly value: null }
  | { readonly type: 'timestamp'; readonly value: YamlTimestamp }
  | { readonly type: 'binary'; readonly value: Uint8Array };

const nullPattern = /^(?:~|null|Null|NULL|)$/;
const truePattern = /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const falsePattern = /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const integerPattern =
  /^(?:[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/;
const floatPattern =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const timestampPattern =
  /^(?:\d{4}-\d{2}-\d{2}|\d{4}-\d{1,2}-\d{1,2}(?:[Tt]|[ \t]+)\d{1,2}:\d{2}:\d{2}(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d{1,2}(?::\d{2})?))?)$/;

/** A plain scalar without a tag. */
export function resolvePlainScalar(source: string): ScalarValue {
  if (nullPattern.test(source)) return { type: 'null', value: null };
  // Nearly every scalar is a word: the first character rules the patterns out.
  if (!/^[-+.\dyYnNtTfFoO]/.test(source)) return { type: 'text', value: source };
  if (truePattern.test(source)) return { type: 'boolean', value: true };
  if (falsePattern.test(source)) return { type: 'boolean', value: false };
  if (integerPattern.test(source)) return { type: 'integer', value: parseInteger(source) };
  if (floatPattern.test(source)) return { type: 'float', value: parseFloat11(source) };
  if (timestampPattern.test(source)) return { type: 'timestamp', value: new YamlTimestamp(source) };
  return { type: 'text', value: source };
}

/** A quick look at whether YAML 1.2 may have another value for a plain scalar. */
export function readsDifferently({ source }: { readonly source: string }): boolean {
  // Words that are booleans in YAML 1.1 only; digits with more than digits, one dot and a sign before an exponent.
  return (
    /^(?:yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)$/.test(source) ||
    /^[-+]?(?:0[0-9_]|\.?\d[\d_]*[_:eE-]|\d[\d_]*\.[\d_]*[_eE]|0[box])/.test(source)
  );
}

const integerPattern12 = /^[-+]?[0-9]+$/;
const prefixedPattern12 = /^0(?:o[0-7]+|x[0-9a-fA-F]+)$/;
const floatPattern12 = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;

/** A plain scalar without a tag as the core schema of YAML 1.2 reads it. */
export function resolveScalar12(source: string): ScalarValue {
  if (nullPattern.test(source)) return { type: 'null', value: null };
  if (/^(?:true|True|TRUE)$/.test(source)) return { type: 'boolean', value: true };
  if (/^(?:false|False|FALSE)$/.test(source)) return { type: 'boolean', value: false };
  if (integerPattern12.test(source) || prefixedPattern12.test(source)) {
    return { type: 'integer', value: Number(source) };
  }
  if (floatPattern12.test(source)) return { type: 'float', value: Number(source) };
  return { type: 'text', value: source };
}

const tagPrefix = 'tag:yaml.org,2002:';

/** A scalar with an explicit tag (`tag:yaml.org,2002:int`); undefined when the tag is unknown or does not fit. */
export function resolveTaggedScalar(source: string, tag: string): ScalarValue | undefined {
  const name = tag.startsWith(tagPrefix) ? tag.slice(tagPrefix.length) : '';
  const plain = resolvePlainScalar(source);
  switch (name) {
    case 'str':
      return { type: 'text', value: source };
    case 'null':
      return { type: 'null', value: null };
    case 'int':
      return plain.type === 'integer' ? plain : undefined;
    case 'float':
      return plain.type === 'float' || plain.type === 'integer'
        ? { type: 'float', value: Number(plain.value) }
        : undefined;
    case 'bool':
      return plain.type === 'boolean' ? plain : undefined;
    case 'timestamp':
      return plain.type === 'timestamp' ? plain : undefined;
    case 'binary':
      return { type: 'binary', value: Buffer.from(source, 'base64') };
    default:
      return undefined;
  }
}

function parseInteger(source: string): number | bigint {
  const text = source.replaceAll('_', '');
  const negative = text.startsWith('-');
  const digits = text.replace(/^[-+]/, '');
  let value: bigint;
  if (digits.includes(':')) {
    value = digits.split(':').reduce((sum, part) => sum * 60n + BigInt(part), 0n);
  } else if (/^0[0-7]+$/.test(digits)) {
    value = BigInt(`0o${digits.slice(1)}`);
  } else {
    // `0b_` and `0x_` alone match the pattern and have no digits.
    value = /^0[bx]$/.test(digits) ? 0n : BigInt(digits);
  }
  if (negative) value = -value;
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

function parseFloat11(source: string): number {
  const text = source.replaceAll('_', '').toLowerCase();
  const sign = text.startsWith('-') ? -1 : 1;
  const digits = text.replace(/^[-+]/, '');
  if (digits === '.inf') return sign * Number.POSITIVE_INFINITY;
  if (digits === '.nan') return Number.NaN;
  return sign * digits.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
}

/** A value as Python's `str()` writes it, which is how Azure's client puts numbers and booleans into text fields. */
export function pythonText(scalar: ScalarValue): string {
  switch (scalar.type) {
    case 'text':
      return scalar.value;
    case 'integer':
      return String(scalar.value);
    case 'float':
      return pythonFloat(scalar.value);
    case 'boolean':
      return scalar.value ? 'True' : 'False';
    case 'null':
      return '';
    case 'timestamp':
      return scalar.value.text;
    case 'binary':
      return Buffer.from(scalar.value).toString('base64');
  }
}

function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    return value.toExponential().replace(/e([-+])(\d)$/, 'e$10$2');
  }
  return Number.isInteger(value) ? `${Object.is(value, -0) ? '-0' : value}.0` : String(value);
}
