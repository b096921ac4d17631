import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EvaluationFigures } from '../../metrics/index.ts';
import type { ArtifactName } from './evaluation-config.ts';

const artifactClass = 'mlflow.models.evaluation.artifacts.JsonEvaluationArtifact';
const schemaVersions = { confusion_matrix: '1.0.0', accuracy_table: '1.0.1' } as const;

/**
 * Writes `evaluationResult/` as the component leaves it: `metrics.json` by name (null for NaN), artifacts as JSON with
 * their schema, and `artifacts_metadata.json`.
 */
export async function writeEvaluationResult(
  directory: string,
  scalars: Readonly<Record<string, number>>,
  artifacts: Readonly<Partial<Record<ArtifactName, object>>>,
): Promise<void> {
  const folder = join(directory, 'evaluationResult');
  await mkdir(join(folder, 'artifacts'), { recursive: true });
  await writeFile(join(folder, 'metrics.json'), JSON.stringify(scalars, undefined, 1));
  const metadata: Record<string, object> = {};
  for (const [name, data] of Object.entries(artifacts)) {
    const uri = `artifacts/${name}`;
    metadata[name] = { uri, class_name: artifactClass };
    await writeFile(
      join(folder, uri),
      JSON.stringify({ schema_type: name, schema_version: schemaVersions[name as ArtifactName], data }),
    );
  }
  await writeFile(join(folder, 'artifacts_metadata.json'), JSON.stringify(metadata, undefined, 1));
}

/** The data of the artifacts that were asked for and can be had. */
export function artifactData(
  figures: EvaluationFigures,
  names: readonly ArtifactName[],
): Partial<Record<ArtifactName, object>> {
  const made: Partial<Record<ArtifactName, object>> = {};
  if (names.includes('confusion_matrix'))
    made.confusion_matrix = { class_labels: figures.classes.map(String), matrix: figures.confusionMatrix() };
  if (names.includes('accuracy_table') && figures.accuracyTable !== undefined)
    made.accuracy_table = figures.accuracyTable();
  return made;
}
