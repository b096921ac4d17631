import { appendFileSync } from 'node:fs';
import { distributedRanks } from './distribute.ts';
import { jobEnvironment } from './job-environment.ts';
import type { CommandRun } from './run-command.ts';
import type { SupervisedProcess } from './supervisor-messages.ts';

export interface NamedProcess {
  /** Name of its log below the run's artifacts. */
  readonly name: string;
  readonly process: SupervisedProcess;
}

function notice({ run, step }: CommandRun): string {
  const environment = step.environmentId?.replace(/^.*\/(?:environments)\//, '') ?? 'none';
  return [
    `[local twin] run ${run.runId} is a local process of this machine, started by aml-deit's local twin`,
    `[local twin] the image of its environment (${environment}) is not run: the command finds what this machine has`,
    '',
  ].join('\n');
}

/** The processes of a command: its line, its variables and its log, once for each rank. */
export async function distributedProcesses(
  command: CommandRun,
  line: string,
  values: ReadonlyMap<string, string>,
  directory: string,
): Promise<readonly NamedProcess[]> {
  const { run, step, options, logs, tools } = command;
  const shared = {
    ...jobEnvironment(run, {
      identity: options.identity,
      endpoint: options.endpoint(),
      twinVariables: options.twinVariables(),
      token: options.issueToken(),
      tools,
      experimentId: options.runs.experiments.idOf(run.experimentName),
    }),
    ...Object.fromEntries(
      [...values].map(([key, value]) => {
        const [kind = '', name = ''] = key.split(/\.(.*)/s);
        return [`AZURE_ML_${kind === 'inputs' ? 'INPUT' : 'OUTPUT'}_${name}`, value];
      }),
    ),
  };
  const ranks = await distributedRanks(step);
  return ranks.map((rank) => {
    const log = logs.file(rank.log);
    appendFileSync(log, notice(command));
    return {
      name: rank.log,
      process: {
        command: line,
        directory,
        env: { ...shared, ...rank.variables, ...step.environmentVariables },
        log,
      },
    };
  });
}
