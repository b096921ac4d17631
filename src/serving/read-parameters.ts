import { profiles } from '../vision/index.ts';
import type { ProfileName } from '../vision/index.ts';
import { answerForms } from './answer-form.ts';
import type { AnswerForm } from './answer-form.ts';
import { brief, isObject, kindOf } from './describe-json.ts';
import { ScoringError } from './scoring-error.ts';

/** `params` of a request: what was asked for, nothing filled in. */
export interface ScoreParameters {
  /** Only so many classes, best first. */
  readonly topK?: number;
  /** Only classes of at least this probability, best first. */
  readonly threshold?: number;
  /** Prepares the pictures so, instead of as the model package says. */
  readonly profile?: ProfileName;
  /** `null`: a picture that cannot be read gives a row `null` instead of failing the request. */
  readonly onError?: 'fail' | 'null';
  readonly answer?: AnswerForm;
}

export const profileNames = Object.keys(profiles) as readonly ProfileName[];

const readers = {
  top_k: (value: unknown): ScoreParameters => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= 1) return { topK: value };
    throw bad('top_k', value, 'a whole number from 1');
  },
  threshold: (value: unknown): ScoreParameters => {
    if (typeof value === 'number' && value >= 0 && value <= 1) return { threshold: value };
    throw bad('threshold', value, 'a number from 0 to 1');
  },
  profile: (value: unknown): ScoreParameters => ({
    profile: oneOf('profile', value, profileNames),
  }),
  on_error: (value: unknown): ScoreParameters => ({
    onError: oneOf('on_error', value, ['fail', 'null'] as const),
  }),
  answer: (value: unknown): ScoreParameters => ({ answer: oneOf('answer', value, answerForms) }),
} as const;

/**
 * Reads `params`. A name that is not known is refused: an option that changes nothing although it was asked for would
 * be a wrong answer. `null` is as if the name were left out.
 *
 * @throws ScoringError 400
 */
export function readParameters(params: unknown): ScoreParameters {
  if (params === undefined || params === null) return {};
  if (!isObject(params)) throw new ScoringError(400, `"params" is ${kindOf(params)}, expected an object`);
  const read = Object.entries(params).map(([name, value]) => {
    if (!isKnown(name)) {
      const known = Object.keys(readers).join(', ');
      throw new ScoringError(400, `"params.${name.slice(0, 50)}" is not known, expected any of ${known}`);
    }
    return value === null ? {} : readers[name](value);
  });
  return Object.assign({}, ...read) as ScoreParameters;
}

function isKnown(name: string): name is keyof typeof readers {
  return Object.hasOwn(readers, name);
}

function oneOf<T extends string>(name: string, value: unknown, expected: readonly T[]): T {
  const found = expected.find((candidate) => candidate === value);
  if (found === undefined) throw bad(name, value, `one of ${expected.join(', ')}`);
  return found;
}

function bad(name: string, value: unknown, expected: string): ScoringError {
  return new ScoringError(400, `"params.${name}" is ${brief(value)}, expected ${expected}`);
}
