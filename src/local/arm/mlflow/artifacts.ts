import { artifactFolder } from '../../jobs/run-record.ts';
import { parameter } from '../handler.ts';
import type { ArmHandler } from '../handler.ts';
import { artifactPlace, checkArtifactPath, listFolder } from './artifact-paths.ts';
import type { ListedArtifact } from './artifact-paths.ts';
import { inputOf, optionalText, pageOf, requiredText, takePage } from './read-input.ts';
import { artifactUri } from './run-view.ts';
import { requireRun } from './runs.ts';

const pageSize = 1000;

/** In MLflow's form, its path from a place on. */
function fileInfo(artifact: ListedArtifact, start: number): object {
  return {
    path: artifact.path.slice(start),
    is_dir: artifact.bytes === null,
    ...(artifact.bytes === null ? {} : { file_size: artifact.bytes }),
  };
}

export const artifactHandlers = {
  'mlflow.artifacts.list': async (request, services) => {
    const input = inputOf(request);
    const { body: run } = requireRun(input, services);
    const path = optionalText(input, 'path')?.replace(/\/$/, '');
    const root = artifactFolder(run.runId);
    const folder = path === undefined ? root : `${root}/${checkArtifactPath(path)}`;
    await services.jobs.flushLogs(run.runId);
    // Of a file there is nothing to list.
    const listed = (await listFolder(services, folder)).filter((artifact) => artifact.path !== folder);
    const { items, next } = takePage(listed, pageOf(input, pageSize, pageSize));
    return {
      status: 200,
      body: {
        root_uri: artifactUri(services, run, parameter(request, 'mlflowVersion')),
        files: items.map((artifact) => fileInfo(artifact, root.length + 1)),
        ...next,
      },
    };
  },
  'mlflow.proxiedArtifacts.list': async (request, services) => {
    const folder = artifactPlace(services, requiredText(inputOf(request), 'path').replace(/\/$/, ''));
    const files = (await listFolder(services, folder)).map((artifact) =>
      // Clients put the folder before it again.
      fileInfo(artifact, artifact.path.lastIndexOf('/') + 1),
    );
    return { status: 200, body: { files } };
  },
} as const satisfies Record<string, ArmHandler>;
