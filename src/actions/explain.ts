import { AmlDeitError, errorCodes, errorRemedies, exitCodes } from '../errors/index.ts';
import type { ErrorCode } from '../errors/index.ts';
import { nearestNames, orList } from '../io/nearest-names.ts';

export interface ExplainOptions {
  /** Codes of findings or errors, in any case; all of them when left out. */
  readonly codes?: readonly string[];
}

export interface Explanation {
  readonly code: string;
  /** `finding`: of a document, a VM size or the lock file. `error`: why a command ends. */
  readonly about: 'finding' | 'error';
  readonly meaning: string;
  /** What happens if it stays as it is. */
  readonly why?: string;
  /** What to do. */
  readonly remedy?: string;
  /** Where it is documented or how it was found; a URL where there is one. */
  readonly source?: string;
  /** YAML that gives the finding, and the same put right. */
  readonly example?: { readonly kind: string; readonly bad: string; readonly good: string };
  /** Of the command, for an error. */
  readonly exitCode?: number;
}

export interface ExplainResult {
  readonly explanations: readonly Explanation[];
}

/** What the codes of findings and errors mean, why, and what to do. Throws USAGE for a code that there is not. */
export async function explain({ codes }: ExplainOptions = {}): Promise<ExplainResult> {
  const { findingExample, findingTexts } = await import('../documents/explain.ts');
  const all = new Map<string, Explanation>([
    ...Object.entries(findingTexts)
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([code, text]): [string, Explanation] => {
        const example = findingExample(code);
        return [code, { code, about: 'finding', ...text, ...(example === undefined ? {} : { example }) }];
      }),
    ...Object.entries(errorCodes).map(([code, { kind, summary }]): [string, Explanation] => {
      const remedy = errorRemedies[code as ErrorCode];
      return [
        code,
        {
          code,
          about: 'error',
          meaning: sentence(summary),
          ...(remedy === undefined ? {} : { remedy }),
          exitCode: exitCodes[kind],
        },
      ];
    }),
  ]);
  if (codes === undefined) return { explanations: [...all.values()] };
  return { explanations: codes.map((code) => find(code, all)) };
}

function find(code: string, all: ReadonlyMap<string, Explanation>): Explanation {
  const wanted = code.trim().toLowerCase();
  for (const [name, explanation] of all) if (name.toLowerCase() === wanted) return explanation;
  const nearest = nearestNames(wanted, all.keys());
  throw new AmlDeitError('USAGE', `there is no code '${code}'`, {
    hint:
      nearest.length === 0
        ? '`aml-deit explain` lists all codes'
        : `did you mean ${orList(nearest)}? \`aml-deit explain\` lists all codes`,
  });
}

function sentence(summary: string): string {
  return `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
}
