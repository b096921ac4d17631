import { execFile } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Whether the system's own resolver knows a name, as programs that are not ours ask it. */
async function resolves(python: string, host: string): Promise<boolean> {
  const program = 'import socket, sys; socket.getaddrinfo(sys.argv[1], 443)';
  return await run(python, ['-c', program, host]).then(
    () => true,
    () => false,
  );
}

/**
 * Makes sure that the host of the twin's blobs resolves outside Node: by the system as it is, else by Debian's
 * `libnss-myhostname`, else by a line in the hosts file. Throws where this user may do none of it.
 */
export async function ensureLocalhostNames(python: string, host: string): Promise<void> {
  if (await resolves(python, host)) return;
  const tried: string[] = [];
  const attempt = async (what: string, work: () => Promise<unknown>): Promise<boolean> => {
    try {
      await work();
      if (await resolves(python, host)) return true;
      tried.push(`${what}: done, and it still does not resolve`);
    } catch (error) {
      tried.push(`${what}: ${String(error).split('\n')[0]}`);
    }
    return false;
  };
  const isRoot = process.getuid?.() === 0;
  if (isRoot) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const install = async (): Promise<void> => {
      await run('apt-get', ['install', '--yes', '--no-install-recommends', 'libnss-myhostname'], {
        env,
      }).catch(async () => {
        await run('apt-get', ['update'], { env });
        await run('apt-get', ['install', '--yes', '--no-install-recommends', 'libnss-myhostname'], { env });
      });
    };
    if (await attempt('apt-get install libnss-myhostname', install)) return;
  }
  const writeLine = async (): Promise<void> => appendFileSync('/etc/hosts', `\n127.0.0.1 ${host}\n`);
  if (await attempt('a line in /etc/hosts', writeLine)) return;
  throw new Error(`Python does not resolve ${host}: ${tried.join('; ')}`);
}
