import { createHash } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { containerPrefix } from '../containers/control-groups.ts';
import type { CommandContainer } from '../containers/spawn-in-container.ts';
import type { CommandExecution } from './choose-execution.ts';
import { distributedRanks } from './distribute.ts';
import { jobEnvironment } from './job-environment.ts';
import type { CommandRun } from './run-command.ts';
import { bundlesFolder, pathInContainer, runFolders } from './run-folders.ts';
import type { SupervisedProcess } from './supervisor-messages.ts';

export interface NamedProcess {
  /** Name of its log below the run's artifacts. */
  readonly name: string;
  readonly process: SupervisedProcess;
}

function notice({ run, step }: CommandRun, execution: CommandExecution): string {
  const what = `[local twin] run ${run.runId} is a`;
  if (execution.runs === 'container')
    return `${what} ${execution.description} on this machine, started by aml-deit's local twin\n`;
  const environment = step.environmentId?.replace(/^.*\/(?:environments)\//, '') ?? 'none';
  return [
    `${what} local process of this machine, started by aml-deit's local twin`,
    `[local twin] the image of its environment (${environment}) is not run: ${execution.why}`,
    '[local twin] the command finds what this machine has',
    '',
  ].join('\n');
}

/** The container of a rank. All of a command share its files, as processes of one node do. */
function containerOf(
  { run, directory, options }: CommandRun,
  execution: Extract<CommandExecution, { runs: 'container' }>,
  rank: number,
  certificates: string | undefined,
): CommandContainer {
  const { identity } = options;
  const inside = (path: string): string => pathInContainer(path, directory, run.runId);
  const { work, parts } = runFolders(directory);
  const bundle = join(bundlesFolder(directory), String(rank));
  return {
    id: `${containerPrefix}${createHash('sha256').update(`${bundle}\n${process.pid}`).digest('hex').slice(0, 20)}`,
    directory: bundle,
    image: execution.files,
    workingDirectory: inside(work),
    mounts: [
      ...parts.map((source) => ({ source, destination: inside(source), writable: true })),
      ...(certificates === undefined ? [] : [{ source: certificates, destination: certificates }]),
    ],
    hostNames: [`${identity.account}.blob.core.localhost`],
    programs: execution.programs,
  };
}

/** The processes of a command: its line, its variables and its log, once for each rank. `values` as the command sees them. */
export async function distributedProcesses(
  command: CommandRun,
  line: string,
  values: ReadonlyMap<string, string>,
  execution: CommandExecution,
): Promise<readonly NamedProcess[]> {
  const { run, step, options, logs, tools, directory } = command;
  const isContained = execution.runs === 'container';
  const twinVariables = options.twinVariables();
  const certificates = twinVariables['REQUESTS_CA_BUNDLE'];
  const shared = {
    ...(isContained ? execution.variables : {}),
    ...jobEnvironment(run, {
      identity: options.identity,
      endpoint: options.endpoint(),
      twinVariables,
      token: options.issueToken(),
      tools: isContained ? null : tools,
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
  return ranks.map((rank, index) => {
    const log = logs.file(rank.log);
    appendFileSync(log, notice(command, execution));
    return {
      name: rank.log,
      process: {
        command: line,
        directory: runFolders(directory).work,
        container: isContained ? containerOf(command, execution, index, certificates) : null,
        env: { ...shared, ...rank.variables, ...step.environmentVariables },
        log,
      },
    };
  });
}
