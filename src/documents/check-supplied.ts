import type { CheckedDocument } from './checked-document.ts';
import { checkFile, fileDiagnostics } from './check-file.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { DocumentKind } from './kinds/kind.ts';
import { reportMissingKeys } from './report-missing-keys.ts';

export interface CheckSuppliedOptions {
  readonly kind: DocumentKind;
  readonly text: string;
  readonly file: string;
  readonly supplied: Readonly<Record<string, unknown>>;
  /** What neither the file nor the caller may leave out. */
  readonly required: readonly string[];
  /** What the caller cannot do although Azure ML takes it. */
  readonly refuse?: (document: CheckedDocument) => void;
}

/** A document that is to be carried out, with the caller's values in it; absent when a diagnostic is an error. */
export function checkSupplied(options: CheckSuppliedOptions): {
  readonly document?: CheckedDocument;
  readonly diagnostics: readonly Diagnostic[];
} {
  // Whether a size is still there is asked by whoever deploys it, with the day of the deployment.
  const file = checkFile({ ...options, suppliable: 'ignored', asOf: '' });
  const [document] = file.documents;
  if (document !== undefined) {
    reportMissingKeys(document, options.required, 'error');
    options.refuse?.(document);
  }
  const diagnostics = fileDiagnostics(file);
  const failed = diagnostics.some(({ severity }) => severity === 'error');
  return { ...(document === undefined || failed ? {} : { document }), diagnostics };
}
