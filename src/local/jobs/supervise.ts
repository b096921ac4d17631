import type { ChildProcess } from 'node:child_process';
import { processEntry } from '../../io/index.ts';
import { bareEnvironment, forkEntry } from '../lifecycle/child.ts';
import { killGroup } from './process-group.ts';
import type { FromSupervisor, ProcessExit, SupervisedProcess, ToSupervisor } from './supervisor-messages.ts';

export interface SuperviseOptions {
  /** Ends the processes: asked first, killed after the grace. */
  readonly signal: AbortSignal;
  readonly graceMs: () => number;
  /** Kills the supervisor, and with it the processes, as soon as they run: the machine under them is gone. */
  readonly loseNode: boolean;
  /** Kills one process so long after its start, and starts it again. */
  readonly replace?: Extract<ToSupervisor, { type: 'run' }>['replace'];
  /** Called with the supervisor when it is there: what kills it, or cuts its channel, ends the processes. */
  readonly onSupervisor: (child: ChildProcess) => void;
}

/** Runs processes side by side, under a supervisor, until all of them have ended. */
export function supervise(
  processes: readonly SupervisedProcess[],
  options: SuperviseOptions,
): Promise<readonly ProcessExit[]> {
  return new Promise((resolve, reject) => {
    const child = forkEntry(processEntry('local/jobs/command'), [], bareEnvironment());
    let pids: readonly number[] = [];
    let exits: readonly ProcessExit[] | undefined;
    const send = (message: ToSupervisor): void => {
      if (child.connected) child.send(message, () => undefined);
    };
    const terminate = (): void => send({ type: 'terminate', graceMs: options.graceMs() });
    options.onSupervisor(child);
    child.stdout?.resume();
    child.stderr?.resume();
    child.on('message', (message: FromSupervisor) => {
      switch (message.type) {
        case 'ready':
          send({
            type: 'run',
            processes,
            ...(options.replace === undefined ? {} : { replace: options.replace }),
          });
          if (options.signal.aborted) terminate();
          else options.signal.addEventListener('abort', terminate, { once: true });
          break;
        case 'started':
          pids = message.pids;
          if (options.loseNode) child.kill('SIGKILL');
          break;
        case 'ended':
          exits = message.exits;
          break;
      }
    });
    child.once('error', reject);
    // A process can be seen to end before its last message is read: only when the channel is closed as well is all said.
    const over = Promise.all([
      new Promise<string>((done) =>
        child.once('exit', (code, signal) => done(signal ?? `exit code ${code}`)),
      ),
      new Promise<void>((done) => child.once('disconnect', done)),
    ]);
    const settle = async (): Promise<void> => {
      const [how] = await over;
      options.signal.removeEventListener('abort', terminate);
      if (exits !== undefined) return resolve(exits);
      for (const pid of pids) killGroup(pid, 'SIGKILL');
      reject(new Error(`the supervisor of the command ended (${how})`));
    };
    settle().catch(reject);
  });
}
