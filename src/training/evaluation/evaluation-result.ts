import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { EvaluationFigures } from '../../metrics/index.ts';
import type { ArtifactName } from './evaluation-config.ts';

const artifactClass = 'mlflow.models.evaluation.artifacts.JsonEvaluationArtifact';
const schemaVersions = { confusion_matrix: '1.0.0', accuracy_table: '1.0.1' } as const;

/**
 * Writes `evaluationResult/` as the component leaves it: `metrics.json` by name (null for NaN), those of the named
 * artifacts that can be had, as JSON with their schema, and `artifacts_metadata.json`.
 */
export async function writeEvaluationResult(
  directory: string,
  scalars: Readonly<Record<string, number>>,
  figures: EvaluationFigures,
  names: readonly ArtifactName[],
): Promise<void> {
  const folder = join(directory, 'evaluationResult');
  await mkdir(join(folder, 'artifacts'), { recursive: true });
  await writeFile(join(folder, 'metrics.json'), JSON.stringify(scalars, undefined, 1));
  const metadata: Record<string, object> = {};
  for (const name of ['confusion_matrix', 'accuracy_table'] as const) {
    const data = names.includes(name) ? artifactText[name](figures) : undefined;
    if (data === undefined) continue;
    const uri = `artifacts/${name}`;
    metadata[name] = { uri, class_name: artifactClass };
    const head = `{"schema_type":"${name}","schema_version":"${schemaVersions[name]}","data":`;
    await writeFile(join(folder, uri), Readable.from(concat([head], data, ['}'])));
  }
  await writeFile(join(folder, 'artifacts_metadata.json'), JSON.stringify(metadata, undefined, 1));
}

/** The data of each artifact as JSON, in pieces: with 10,000 classes a matrix is hundreds of megabytes. */
const artifactText: Readonly<
  Record<ArtifactName, (figures: EvaluationFigures) => Iterable<string> | undefined>
> = {
  confusion_matrix: ({ classes, confusionMatrix }) =>
    concat([`{"class_labels":${JSON.stringify(classes.map(String))},"matrix":`], list(confusionMatrix()), [
      '}',
    ]),
  accuracy_table({ accuracyTable }) {
    const table = accuracyTable?.();
    return (
      table &&
      concat(
        [`{"class_labels":${JSON.stringify(table.class_labels)},"probability_tables":`],
        list(table.probability_tables),
        [',"percentile_tables":'],
        list(table.percentile_tables),
        [`,"probability_thresholds":${JSON.stringify(table.probability_thresholds)}`],
        [`,"percentile_thresholds":${JSON.stringify(table.percentile_thresholds)}}`],
      )
    );
  },
};

function* list(items: Iterable<unknown>): Generator<string> {
  let before = '[';
  for (const item of items) {
    yield `${before}${JSON.stringify(item)}`;
    before = ',';
  }
  yield before === '[' ? '[]' : ']';
}

function* concat(...parts: readonly Iterable<string>[]): Generator<string> {
  for (const part of parts) yield* part;
}
