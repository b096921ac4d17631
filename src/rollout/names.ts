/** Azure ML's rule for endpoints and deployments. */
const namePattern = /^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/;
export const minNameLength = 3;
export const maxNameLength = 32;

/** What is wrong with a name of an endpoint or deployment; undefined when it is good. */
export function nameFault(name: string): string | undefined {
  if (name.length < minNameLength || name.length > maxNameLength) {
    return `has ${name.length} characters, expected ${minNameLength} to ${maxNameLength}`;
  }
  if (!/^[a-zA-Z]/.test(name)) return 'must begin with a letter';
  if (!/[a-zA-Z0-9]$/.test(name)) return 'must end with a letter or a digit';
  if (!namePattern.test(name)) return 'may hold only letters, digits and dashes';
  return name.includes('--') ? 'may not hold two dashes in a row' : undefined;
}

/**
 * The name of a new revision: the user's own if it is free, otherwise with the specification's hash behind it;
 * `r` + hash where the user gave none. The same specification gets the same name, so that two runs meet and do not
 * double.
 */
export function revisionName(options: {
  readonly baseName?: string | undefined;
  readonly specHash: string;
  readonly taken: readonly string[];
}): string {
  const taken = new Set(options.taken.map((name) => name.toLowerCase()));
  const hash = options.specHash.slice(0, 8);
  const { baseName } = options;
  if (baseName !== undefined && !taken.has(baseName.toLowerCase())) return baseName;
  for (let attempt = 1; ; attempt += 1) {
    const suffix = attempt === 1 ? hash : `${hash}-${attempt}`;
    const name = baseName === undefined ? `r${suffix}` : `${fitBase(baseName, suffix)}-${suffix}`;
    if (!taken.has(name.toLowerCase())) return name;
  }
}

function fitBase(baseName: string, suffix: string): string {
  return baseName.slice(0, maxNameLength - suffix.length - 1).replace(/-+$/, '');
}

/** A name that assets (models, environments) may have, made of any text. */
export function assetName(text: string): string {
  const cleaned = text
    .replace(/[^a-zA-Z0-9_-]+/g, '-')
    .replace(/^[-_]+|-+$/g, '')
    .slice(0, 255);
  return cleaned === '' ? 'model' : cleaned;
}
