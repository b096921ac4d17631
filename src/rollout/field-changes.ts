/** One field that differs. `before` is absent for something new, `after` for something that goes away. */
export interface FieldChange {
  /** Dotted: `requestSettings.requestTimeoutMs`. */
  readonly field: string;
  readonly before?: string | number | boolean;
  readonly after?: string | number | boolean;
}

type Leaf = string | number | boolean;

/** `{a: {b: 1}}` as `a.b → 1`; undefined members are left out. */
export function flattenFields(value: object, prefix = ''): Map<string, Leaf> {
  const leaves = new Map<string, Leaf>();
  for (const [key, member] of Object.entries(value)) {
    const field = prefix === '' ? key : `${prefix}.${key}`;
    if (typeof member === 'object' && member !== null) {
      for (const [path, leaf] of flattenFields(member as object, field)) leaves.set(path, leaf);
    } else if (typeof member === 'string' || typeof member === 'number' || typeof member === 'boolean') {
      leaves.set(field, member);
    }
  }
  return leaves;
}

export interface DiffOptions {
  /** Fields that the desired side leaves out are gone, not "no opinion". */
  readonly isExact?: (field: string) => boolean;
  /** Fields whose text is compared without case. */
  readonly ignoresCase?: (field: string) => boolean;
}

/** What has to change in `before` to be `after`, sorted by field. A field that `after` leaves out is left alone. */
export function diffFields(before: object, after: object, options: DiffOptions = {}): FieldChange[] {
  const old = flattenFields(before);
  const wanted = flattenFields(after);
  const changes: FieldChange[] = [];
  for (const [field, value] of wanted) {
    const current = old.get(field);
    if (current === undefined) changes.push({ field, after: value });
    else if (!sameLeaf(current, value, options.ignoresCase?.(field) === true)) {
      changes.push({ field, before: current, after: value });
    }
  }
  for (const [field, value] of old) {
    if (!wanted.has(field) && options.isExact?.(field) === true) changes.push({ field, before: value });
  }
  return changes.sort((a, b) => (a.field < b.field ? -1 : 1));
}

function sameLeaf(a: Leaf, b: Leaf, ignoreCase: boolean): boolean {
  if (ignoreCase && typeof a === 'string' && typeof b === 'string')
    return a.toLowerCase() === b.toLowerCase();
  return a === b;
}
