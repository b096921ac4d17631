import type { CheckedDocument } from '../checked-document.ts';
import type { DocumentKind } from '../kinds/kind.ts';

/** A document of a run. */
export interface SetMember {
  readonly document: CheckedDocument;
  readonly kind: DocumentKind;
  /** Absolute, of its file; undefined for text that has none. */
  readonly path: string | undefined;
  /** Documents of one folder belong together: others may have the same names and mean something else. */
  readonly directory: string;
}

export interface SetView {
  readonly members: readonly SetMember[];
  /** `YYYY-MM-DD`. */
  readonly asOf: string;
}

/** One thing that can be seen only when documents are looked at together; it reports through the documents. */
export interface SetRule {
  /** Kebab-case, unique among all rules. */
  readonly name: string;
  readonly codes: readonly string[];
  readonly check: (set: SetView) => void;
}
