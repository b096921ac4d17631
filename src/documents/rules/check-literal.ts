import type { ComponentInput } from '../../card/component-interface.ts';
import { isPrimitive } from '../component-interface.ts';
import { hasPlaceholder } from '../placeholder.ts';
import { pythonText } from '../resolve-scalar.ts';
import { nearestNames, orList } from '../../io/nearest-names.ts';
import type { YamlScalar } from '../yaml-tree.ts';

export interface LiteralProblem {
  readonly about: 'type' | 'value';
  /** What was expected: goes after the value. */
  readonly expected: string;
  /** False where the service might take it all the same. */
  readonly certain: boolean;
  readonly suggestion?: string;
}

/** What is wrong with a literal for an input of a component. Numbers for text are right: they are sent as text. */
export function checkLiteral(input: ComponentInput, scalar: YamlScalar): LiteralProblem | undefined {
  if (hasPlaceholder(scalar.source)) return undefined;
  if (!isPrimitive(input.type)) return undefined;
  return checkText(input, pythonText(scalar.scalar));
}

/** As {@link checkLiteral}, for a value as text. */
export function checkText(input: ComponentInput, text: string): LiteralProblem | undefined {
  return checkType(input.type, text) ?? checkEnum(input, text) ?? checkRange(input, text);
}

function checkType(type: string, text: string): LiteralProblem | undefined {
  const trimmed = text.trim();
  switch (type) {
    case 'integer':
      if (/^[-+]?\d+$/.test(trimmed)) return undefined;
      return {
        about: 'type',
        expected: 'expected a whole number',
        certain: !/^[-+]?\d+\.0*$/.test(trimmed),
      };
    case 'number':
      if (/^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i.test(trimmed)) return undefined;
      return { about: 'type', expected: 'expected a number', certain: !/^[-+]?(?:inf|nan)$/i.test(trimmed) };
    case 'boolean':
      if (/^(?:true|false)$/i.test(trimmed)) return undefined;
      return {
        about: 'type',
        expected: 'expected true or false',
        certain: !/^(?:0|1|yes|no)$/i.test(trimmed),
      };
    default:
      return undefined;
  }
}

function checkEnum({ enum: values }: ComponentInput, text: string): LiteralProblem | undefined {
  if (values === undefined || values.includes(text)) return undefined;
  const sameButCase = values.find((value) => value.toLowerCase() === text.toLowerCase());
  const [nearest] = sameButCase === undefined ? nearestNames(text, values, { limit: 1 }) : [sameButCase];
  const hint = nearest === undefined ? '' : `; did you mean '${nearest}'?`;
  return {
    about: 'value',
    expected: `expected ${orList(values)}${hint}`,
    certain: sameButCase === undefined,
    ...(nearest === undefined ? {} : { suggestion: nearest }),
  };
}

function checkRange({ min, max }: ComponentInput, text: string): LiteralProblem | undefined {
  const value = Number(text);
  if (min !== undefined && value < min) {
    return { about: 'value', expected: `expected at least ${min}`, certain: true };
  }
  if (max !== undefined && value > max) {
    return { about: 'value', expected: `expected at most ${max}`, certain: true };
  }
  return undefined;
}
