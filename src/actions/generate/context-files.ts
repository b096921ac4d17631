import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot, scoringRoutes } from '../../io/index.ts';
import { optionsInvalid } from './check-values.ts';
import type { RenderedFile } from './publish-files.ts';

/** What Azure ML takes as a build context: https://learn.microsoft.com/azure/machine-learning/resource-limits-capacity. */
const maxFiles = 100;
const maxBytes = 1_000_000;
export const contextFolder = 'scorer-context';
export const defaultContextBase = 'node:24-bookworm-slim';

interface Manifest {
  readonly commands: Readonly<Record<string, object>>;
  readonly version: string;
}

/**
 * A build context of the scoring image: its Dockerfile, our server's own files, and the exact versions of what npm
 * installs beside them when the image is built. Within Azure ML's limits, or GENERATE_OPTIONS_INVALID.
 */
export async function contextFiles(base: string): Promise<RenderedFile[]> {
  const { parseImageReference } = await import('../../oci/index.ts');
  parseImageReference(base);
  const { pinnedDependencies, serverFiles } = await import('../../image/index.ts');
  const root = packageRoot();
  const text = (path: string): Promise<string> => readFile(join(root, path), 'utf8');
  const { name, version, license, type, engines, bin, oclif } = JSON.parse(
    await text('package.json'),
  ) as Record<string, unknown>;
  const manifest = JSON.parse(await text('oclif.manifest.json')) as Manifest;
  const commands = Object.fromEntries(
    Object.entries(manifest.commands).filter(([id]) => id === 'serve' || id === 'score'),
  );
  const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
  const server = [...serverFiles()].map(([path, content]) => ({ path, content }));
  const files = [
    {
      path: 'package.json',
      content: json({
        name,
        version,
        license,
        type,
        engines,
        bin,
        oclif,
        dependencies: pinnedDependencies(),
      }),
    },
    { path: 'oclif.manifest.json', content: json({ ...manifest, commands }) },
    { path: 'LICENSE', content: await text('LICENSE') },
    { path: 'bin/run.js', content: await text('bin/run.js') },
    ...server,
  ].map(({ path, content }) => ({ name: `${contextFolder}/${path}`, content }));
  // Not YAML: both values are checked, and stand for themselves.
  const dockerfile = {
    name: `${contextFolder}/Dockerfile`,
    content: (await text('templates/image/Dockerfile'))
      .replaceAll('<base>', base)
      .replaceAll('<port>', String(scoringRoutes.port)),
  };
  const all = [dockerfile, ...files];
  const bytes = all.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
  if (all.length > maxFiles || bytes > maxBytes)
    throw optionsInvalid(
      `the build context has ${all.length} files and ${bytes} bytes; Azure ML takes ${maxFiles} and ${maxBytes}`,
    );
  return all;
}
