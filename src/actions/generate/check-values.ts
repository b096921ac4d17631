import { AmlDeitError } from '../../errors/index.ts';
import { nameFault } from '../../rollout/index.ts';

/** Throws NAME_INVALID for a name that no endpoint or deployment may have. */
export function checkEndpointName(what: 'endpoint' | 'deployment', name: string): void {
  const fault = nameFault(name);
  if (fault === undefined) return;
  throw new AmlDeitError('NAME_INVALID', `the ${what} name "${name}" ${fault}`, {
    hint: '3 to 32 letters, digits and single dashes; begins with a letter, ends with a letter or digit',
  });
}

/** Throws NAME_INVALID for a name that no cluster may have. */
export function checkComputeName(name: string): void {
  if (/^[a-zA-Z](?:[a-zA-Z0-9-]{0,30}[a-zA-Z0-9])?$/.test(name)) return;
  throw new AmlDeitError('NAME_INVALID', `the compute name "${name}" is none that a cluster may have`, {
    hint: 'up to 32 letters, digits and dashes; begins with a letter, ends with a letter or digit',
  });
}

/** Throws NAME_INVALID for a name or version that no model or environment may have. */
export function checkAssetName(what: string, name: string): void {
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}$/.test(name)) return;
  throw new AmlDeitError('NAME_INVALID', `the ${what} "${name}" is none that an asset may have`, {
    hint: 'up to 255 letters, digits, dots, dashes and underscores; begins with a letter or a digit',
  });
}

/** Throws GENERATE_OPTIONS_INVALID for a number that is not whole or out of its range. */
export function checkWhole(what: string, value: number, min: number, max = Number.MAX_SAFE_INTEGER): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  throw optionsInvalid(`${what} is ${value}, expected a whole number ${range}`);
}

/** Throws GENERATE_OPTIONS_INVALID for a text that is empty. */
export function checkText(what: string, value: string): void {
  if (value.trim() === '') throw optionsInvalid(`${what} is empty`);
}

export function optionsInvalid(message: string, hint?: string): AmlDeitError {
  return new AmlDeitError('GENERATE_OPTIONS_INVALID', message, hint === undefined ? {} : { hint });
}
