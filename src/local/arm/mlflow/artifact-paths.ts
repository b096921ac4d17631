import type { TwinServices } from '../../services.ts';
import { doesNotExist, invalidParameter } from './mlflow-error.ts';

/** The container of the artifact store. */
export const artifactContainer = 'azureml';

/** Whether a path of artifacts leads nowhere else: relative, with forward slashes, without dots as segments. */
export function isArtifactPath(path: string): boolean {
  return (
    path.length <= 1024 &&
    !/[\\\p{Cc}]/u.test(path) &&
    path.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..')
  );
}

export function checkArtifactPath(path: string): string {
  if (!isArtifactPath(path)) throw invalidParameter(`Invalid path: ${path.slice(0, 80)}`);
  return path;
}

/** The place of an artifact in the store, by its path there; it must be below the folder of a run. */
export function artifactPlace(services: TwinServices, path: string): string {
  const place = checkArtifactPath(path);
  const [, runId] = /^ExperimentRun\/dcid\.([^/]+)(?:\/|$)/.exec(place) ?? [];
  if (runId === undefined || services.runs.get(runId) === undefined)
    throw doesNotExist(`No run has its artifacts at ${place.slice(0, 300)}`);
  return place;
}

export interface ListedArtifact {
  /** In the store. */
  readonly path: string;
  /** null: a folder. */
  readonly bytes: number | null;
}

/** What is directly in a folder of the store, by name; of a file, the file itself. */
export async function listFolder(services: TwinServices, folder: string): Promise<ListedArtifact[]> {
  const found = new Map<string, ListedArtifact>();
  for await (const { name, bytes } of services.blobs.list(artifactContainer, folder)) {
    if (name === folder) {
      found.set(name, { path: name, bytes });
      continue;
    }
    if (!name.startsWith(`${folder}/`)) continue;
    const [first = '', ...rest] = name.slice(folder.length + 1).split('/');
    const path = `${folder}/${first}`;
    if (rest.length > 0) found.set(path, { path, bytes: null });
    else if (!found.has(path)) found.set(path, { path, bytes });
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}
