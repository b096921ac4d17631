import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where annotations count paths from: what the CI service says, else the nearest folder with `.git`, else `directory`. */
export function repositoryRoot(directory: string, env: NodeJS.ProcessEnv): string {
  const given = [env['GITHUB_WORKSPACE'], env['BUILD_SOURCESDIRECTORY']].find(
    (path) => path !== undefined && path !== '',
  );
  if (given !== undefined) return given;
  for (let folder = directory; ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return folder;
    if (dirname(folder) === folder) return directory;
  }
}
