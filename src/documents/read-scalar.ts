import { pythonText, YamlTimestamp } from './resolve-scalar.ts';
import type { ScalarValue } from './resolve-scalar.ts';
import type { Schema } from './schema.ts';

/**
 * A scalar as Azure's loader (marshmallow) reads it for the type that the schema gives: `"3"` and 3.7 are 3 for an
 * integer, `"yes"` is true for a boolean, `AADToken` is aad_token for an enum in snake case. What cannot be read so
 * stays as it is, for the schema to refuse.
 */
export function readScalar(scalar: ScalarValue, schema: Schema): unknown {
  const raw = plainValue(scalar.value);
  switch (schema['x-read-as']) {
    case 'text':
      return pythonText(scalar);
    case 'version':
      return ['text', 'integer', 'float', 'boolean'].includes(scalar.type) ? pythonText(scalar) : raw;
    case 'component-version':
      return ['text', 'integer', 'float', 'boolean', 'timestamp'].includes(scalar.type)
        ? pythonText(scalar)
        : raw;
    case 'lower-case':
      return scalar.type === 'text' ? scalar.value.toLowerCase() : raw;
    case 'snake-case':
      return scalar.type === 'text' ? camelToSnake(scalar.value) : raw;
    case undefined:
  }
  switch (schema.type) {
    case 'integer':
      return readInteger(scalar) ?? raw;
    case 'number':
      return readNumber(scalar) ?? raw;
    case 'boolean':
      return readBoolean(scalar) ?? raw;
    default:
      return raw;
  }
}

/** Values that JSON does not have would pass for objects: a symbol is of no type that a schema can name. */
export function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof YamlTimestamp || value instanceof Uint8Array) return Symbol('not JSON');
  return value;
}

/** Python's `int()`, without booleans. */
function readInteger(scalar: ScalarValue): number | undefined {
  switch (scalar.type) {
    case 'integer':
      return Number(scalar.value);
    case 'float':
      return Number.isFinite(scalar.value) ? Math.trunc(scalar.value) + 0 : undefined;
    case 'text':
      return /^\s*[-+]?\d+(?:_\d+)*\s*$/.test(scalar.value)
        ? Number(scalar.value.replaceAll('_', '').trim())
        : undefined;
    case 'boolean':
    case 'null':
    case 'timestamp':
    case 'binary':
      return undefined;
  }
}

/** Python's `float()`, without booleans and what is not finite. */
function readNumber(scalar: ScalarValue): number | undefined {
  if (scalar.type === 'integer' || scalar.type === 'float') return Number(scalar.value);
  if (scalar.type !== 'text') return undefined;
  return /^\s*[-+]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:[eE][-+]?\d+)?\s*$/.test(
    scalar.value,
  )
    ? Number(scalar.value.replaceAll('_', ''))
    : undefined;
}

const trueTexts = /^(?:t|T|true|True|TRUE|on|On|ON|y|Y|yes|Yes|YES|1)$/;
const falseTexts = /^(?:f|F|false|False|FALSE|off|Off|OFF|n|N|no|No|NO|0)$/;

function readBoolean(scalar: ScalarValue): boolean | undefined {
  if (scalar.type === 'boolean') return scalar.value;
  if (scalar.type === 'integer' || scalar.type === 'float') {
    if (Number(scalar.value) === 1) return true;
    return Number(scalar.value) === 0 ? false : undefined;
  }
  if (scalar.type !== 'text') return undefined;
  if (trueTexts.test(scalar.value)) return true;
  return falseTexts.test(scalar.value) ? false : undefined;
}

/** `AADToken` and `aadToken` become aad_token, `KEY` becomes key; `systemassigned` stays as it is. */
export function camelToSnake(text: string): string {
  return text
    .replaceAll(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase();
}
