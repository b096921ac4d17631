import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../io/package-paths.ts';
import type { DocumentKind } from './kinds/kind.ts';

/**
 * How a scalar is read before it is checked, where its type alone does not say so. `text`: numbers and booleans
 * become text as Python writes them. `version`: the same, for a value that must be there. `component-version`: a date
 * besides. `lower-case`,
 * `snake-case`: an enum whose values are compared in that form.
 */
export type ReadAs = 'text' | 'version' | 'component-version' | 'lower-case' | 'snake-case';

/** What our schemas use of draft-07, and what they add to it; a test holds every schema to it. */
export interface Schema {
  readonly $ref?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly not?: Schema;
  readonly if?: Schema;
  readonly then?: Schema;
  readonly else?: Schema;
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  /** Of the keys' own text: `pattern`, `minLength`, `maxLength`. */
  readonly propertyNames?: Schema;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly definitions?: Readonly<Record<string, Schema>>;
  readonly 'x-read-as'?: ReadAs;
  /** The code of a finding about `pattern`, `minLength` or `maxLength`: `invalid-name`. */
  readonly 'x-code'?: string;
  /** What such a finding says after the value: `expected 3 to 32 letters, …`. */
  readonly 'x-expected'?: string;
  /** `warning`: keys that are no `properties` are allowed by Azure ML, and have no effect. */
  readonly 'x-unknown'?: 'warning';
  /** What is said of a key that is unknown here and known elsewhere: `it belongs under settings`. */
  readonly 'x-elsewhere'?: Readonly<Record<string, string>>;
  /** The keys of the mapping must be text: `1:` is refused. */
  readonly 'x-text-keys'?: true;
}

/** A schema with its references resolved on demand. */
export class DocumentSchema {
  readonly root: Schema;
  readonly #referenced = new Map<string, Schema>();
  readonly #patterns = new Map<string, RegExp>();

  constructor(root: Schema) {
    this.root = root;
  }

  /** The schema itself, or what it refers to. */
  resolve(schema: Schema): Schema {
    let current = schema;
    while (current.$ref !== undefined) {
      let target = this.#referenced.get(current.$ref);
      if (target === undefined) {
        target = referenced(current.$ref, this.root);
        this.#referenced.set(current.$ref, target);
      }
      current = target;
    }
    return current;
  }

  /** As ajv does, patterns are read with the flag `u`. */
  pattern(source: string): RegExp {
    let pattern = this.#patterns.get(source);
    if (pattern === undefined) {
      pattern = new RegExp(source, 'u');
      this.#patterns.set(source, pattern);
    }
    return pattern;
  }
}

function referenced(ref: string, root: Schema): Schema {
  let found: unknown = root;
  for (const token of ref.split('/').slice(1)) found = (found as Record<string, unknown>)[token];
  return found as Schema;
}

const loaded = new Map<DocumentKind, DocumentSchema>();

/** The schema of a kind, read from the package's `schemas/` at its first use. */
export function documentSchema(kind: DocumentKind): DocumentSchema {
  let schema = loaded.get(kind);
  if (schema === undefined) {
    const path = join(packageRoot(), 'schemas', `${kind}.schema.json`);
    schema = new DocumentSchema(JSON.parse(readFileSync(path, 'utf8')) as Schema);
    loaded.set(kind, schema);
  }
  return schema;
}
