import { AmlDeitError } from '../errors/index.ts';

export interface ClassScore {
  readonly label: string;
  /** Probability, 0 to 1. */
  readonly score: number;
}

/** `card`: version 15's probs and labels, all classes. `label-score`: version 16 and later, the best five. */
export type ResponseForm = 'card' | 'label-score';

export interface ScoringAnswer {
  readonly form: ResponseForm;
  /** One per image, in the request's order; each best class first. */
  readonly rows: readonly (readonly ClassScore[])[];
}

/**
 * Reads what a DeiT deployment answers, whichever generation of the model made it:
 * version 15 `[{"probs":[…],"labels":[…]}]`; version 16 and later `[[{"label","score"}]]` as its card has it, or
 * `[{"0":{"label","score"},…}]` as the service really sends it. Throws RESPONSE_INVALID for anything else.
 */
export function readScoringResponse(body: string, expectedRows: number): ScoringAnswer {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
    // Some servers answer a JSON text inside a JSON string.
    if (typeof parsed === 'string') parsed = JSON.parse(parsed);
  } catch (error) {
    throw invalid('is not JSON', body, error);
  }
  if (!Array.isArray(parsed)) throw invalid('is not a list with one row per image', body);
  if (parsed.length !== expectedRows) {
    throw invalid(`has ${parsed.length} rows for ${expectedRows} images`, body);
  }
  const rows = parsed.map((row: unknown) => readCardRow(row) ?? readLabelScoreRow(row));
  if (!rows.every((row) => row !== undefined)) {
    throw invalid('has a row that is neither probs and labels nor label and score', body);
  }
  return {
    form: rows.some((row) => row.form === 'card') ? 'card' : 'label-score',
    rows: rows.map((row) => [...row.classes].sort((a, b) => b.score - a.score)),
  };
}

interface Row {
  readonly form: ResponseForm;
  readonly classes: readonly ClassScore[];
}

function readCardRow(row: unknown): Row | undefined {
  if (!isRecord(row)) return undefined;
  const { probs, labels } = row;
  if (!Array.isArray(probs) || !Array.isArray(labels) || probs.length !== labels.length) return undefined;
  if (probs.length === 0 || !probs.every(isProbability)) return undefined;
  return { form: 'card', classes: probs.map((score, index) => ({ label: String(labels[index]), score })) };
}

function readLabelScoreRow(row: unknown): Row | undefined {
  if (!Array.isArray(row) && !isRecord(row)) return undefined;
  const members: unknown[] = Object.values(row);
  const classes = members.filter(isClassScore);
  if (classes.length === 0 || classes.length !== members.length) return undefined;
  return { form: 'label-score', classes: classes.map(({ label, score }) => ({ label, score })) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isProbability(value: unknown): value is number {
  // Softmax in float32 can end a hair above 1.
  return typeof value === 'number' && value >= 0 && value <= 1 + 1e-4;
}

function isClassScore(value: unknown): value is ClassScore {
  return isRecord(value) && typeof value['label'] === 'string' && isProbability(value['score']);
}

function invalid(what: string, body: string, cause?: unknown): AmlDeitError {
  return new AmlDeitError('RESPONSE_INVALID', `the scoring answer ${what}`, {
    hint: 'the deployment does not serve an image classifier of this family; see its log: aml-deit endpoint logs',
    details: { body: body.slice(0, 500) },
    cause,
  });
}
