import { AmlDeitError } from '../../errors/index.ts';
import { nearestNames } from '../../io/nearest-names.ts';
import { scalarNames } from '../../metrics/index.ts';

export interface GateCondition {
  readonly metric: string;
  readonly operator: '>=' | '>' | '<=' | '<';
  readonly bound: number;
}

export interface GateOutcome extends GateCondition {
  readonly model: string;
  /** Null when the metric is undefined or was not computed, which never passes. */
  readonly actual: number | null;
  readonly passed: boolean;
  /** How far it is from the bound; 0 when it passed, null when there is no figure. */
  readonly shortfall: number | null;
}

const known: readonly string[] = [...scalarNames, 'top_5_accuracy'];

/**
 * `accuracy>=0.9,log_loss<0.5`.
 *
 * @throws AmlDeitError USAGE for an unknown metric or what is no condition.
 */
export function parseGate(text: string): GateCondition[] {
  return text.split(',').map((part) => {
    const [, metric, operator, bound] =
      /^\s*(\w+)\s*(>=|<=|>|<)\s*(-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*$/i.exec(part) ?? [];
    if (metric === undefined || operator === undefined)
      throw new AmlDeitError(
        'USAGE',
        `"${part.trim()}" is no condition, expected a metric and a bound such as accuracy>=0.9`,
      );
    if (!known.includes(metric)) {
      const [near] = nearestNames(metric, known);
      throw new AmlDeitError(
        'USAGE',
        `there is no metric "${metric}"`,
        near === undefined ? {} : { hint: `did you mean ${near}?` },
      );
    }
    return { metric, operator: operator as GateCondition['operator'], bound: Number(bound) };
  });
}

export function applyGate(
  conditions: readonly GateCondition[],
  models: readonly { readonly name: string; readonly metrics: Readonly<Record<string, number | null>> }[],
): GateOutcome[] {
  return models.flatMap(({ name, metrics }) =>
    conditions.map((condition) => {
      const figure = metrics[condition.metric];
      // Also for figures that came by another way than a file: a NaN is below no bound and above none, an infinity is no figure.
      const actual = figure !== undefined && figure !== null && Number.isFinite(figure) ? figure : null;
      const passed = actual !== null && holds(actual, condition);
      const shortfall = passed ? 0 : actual === null ? null : Math.abs(condition.bound - actual);
      return { ...condition, model: name, actual, passed, shortfall };
    }),
  );
}

/** The figure as a reader needs it: with all digits where four would look as if the gate were passed. */
export function gateFigure({ actual, passed, shortfall }: GateOutcome): string {
  if (actual === null) return 'n/a';
  return passed || shortfall === null || shortfall >= 1e-3 ? actual.toFixed(4) : String(actual);
}

/** What is said behind a figure that misses: by how much. */
export function gateMiss({ passed, shortfall }: GateOutcome): string {
  if (passed) return '';
  if (shortfall === null) return ', which is undefined here';
  if (shortfall === 0) return ', which it only equals';
  return `, short by ${shortfall >= 1e-3 ? shortfall.toFixed(4) : shortfall.toPrecision(2)}`;
}

function holds(actual: number, { operator, bound }: GateCondition): boolean {
  switch (operator) {
    case '>=':
      return actual >= bound;
    case '>':
      return actual > bound;
    case '<=':
      return actual <= bound;
    case '<':
      return actual < bound;
  }
}
