import { readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Begin of every container's name. */
export const containerPrefix = 'aml-deit-';

const attempts = 20;
const pauseMs = 50;

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/** The control groups of the container of a bundle, as runc wrote them down. */
function controlGroupsOf(bundle: string): readonly string[] {
  return list(join(bundle, 'state')).flatMap((state) => {
    try {
      const { cgroup_paths: paths } = JSON.parse(readFileSync(join(state, 'state.json'), 'utf8')) as {
        readonly cgroup_paths?: Readonly<Record<string, string>>;
      };
      return Object.values(paths ?? {}).filter((path) => basename(path).startsWith(containerPrefix));
    } catch {
      return [];
    }
  });
}

/** Removes one; false while something of the container is still there. */
function removeGroup(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EBUSY';
  }
}

/**
 * Removes the control groups of a container that was killed: runc does that itself only when it sees the end. Waits a
 * moment for processes that are just ending; the bundle may be gone meanwhile.
 */
export async function removeControlGroups(bundle: string): Promise<void> {
  let left = controlGroupsOf(bundle);
  for (let attempt = 0; left.length > 0 && attempt < attempts; attempt += 1) {
    if (attempt > 0) await delay(pauseMs);
    left = left.filter((path) => !removeGroup(path));
  }
}

/** The same of all containers whose bundles lie in a folder. */
export async function removeAllControlGroups(directory: string): Promise<void> {
  await Promise.all(list(directory).map(removeControlGroups));
}
