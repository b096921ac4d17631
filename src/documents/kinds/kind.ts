import type { CardLock } from '../../card/index.ts';
import type { CheckedDocument } from '../checked-document.ts';
import type { YamlMapping } from '../yaml-tree.ts';

/** The kinds of documents that are checked, by the name that Azure ML's `$schema` URLs use where there is one. */
export type DocumentKind =
  | 'managedOnlineEndpoint'
  | 'managedOnlineDeployment'
  | 'batchEndpoint'
  | 'modelBatchDeployment'
  /** The older form: no type, its options at the root. */
  | 'batchDeployment'
  | 'pipelineComponentBatchDeployment'
  | 'pipelineJob'
  | 'commandJob'
  | 'commandComponent'
  | 'pipelineComponent'
  | 'model'
  | 'environment'
  | 'data'
  | 'mltable'
  | 'amlCompute'
  | 'deepspeedConfig'
  /** `aml-deit.yml`. */
  | 'config';

/** All that is known about one kind of document; its schema is `schemas/<kind>.schema.json`. */
export interface KindDefinition {
  readonly kind: DocumentKind;
  /** For messages: `managed online endpoint`. */
  readonly title: string;
  /** What the last part of a `$schema` URL may be, without `.schema.json`. Several kinds may share a name. */
  readonly schemaNames: readonly string[];
  /**
   * How much a document looks like this kind, by its top-level keys and scalars alone. 0: it cannot be one. Up to 9:
   * nothing speaks against it. 10 and more: it has what only this kind has. Without a `$schema` the highest wins, and
   * 10 is needed, and evidence (`hasEvidence`) where nothing names Azure; a `$schema` is believed unless its kind
   * gives 0 and another gives 10.
   */
  readonly looksLike: (root: YamlMapping, file: string) => number;
  /**
   * Top-level keys that Azure requires and that a command line may supply: missing ones are warnings
   * `may-be-supplied`, and errors `missing-key` of a document that is meant to be complete. Not `required` in the
   * schema, which holds what no flag supplies.
   */
  readonly mayBeSupplied: readonly string[];
  readonly rules: readonly Rule[];
}

/** One thing that a schema cannot say. Rules ask for values by `document.sound(…)`, so that one mistake gives one message. */
export interface Rule {
  /** Kebab-case, unique among all rules. */
  readonly name: string;
  /** All codes that it may report. */
  readonly codes: readonly string[];
  readonly check: (document: CheckedDocument, context: RuleContext) => void;
}

export interface RuleContext {
  /** Nothing is supplied later: what a command line might still give is missing. */
  readonly complete: boolean;
  /** `YYYY-MM-DD`: by which the lifecycles of VM sizes are judged. */
  readonly asOf: string;
  /** True where a model or component reference, aml-deit.yml or the caller makes the document the card's. */
  readonly isCards: boolean;
  /** Of the project's aml-deit.lock, where it has one. */
  readonly lock: CardLock | undefined;
  /** Absolute, of the file: what relative paths in it are relative to. Undefined for text that has no file. */
  readonly directory: string | undefined;
  readonly files: FileLookup;
}

/** How rules see other files; given by the caller, bounded in size. */
export interface FileLookup {
  readonly exists: (path: string) => 'file' | 'folder' | undefined;
  /** The text of a file; undefined when there is none, or it is too large to be a document. */
  readonly read: (path: string) => string | undefined;
}
