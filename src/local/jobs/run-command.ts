import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage } from '../../errors/index.ts';
import type { BlobPlace } from '../storage/blob-url.ts';
import { takeNodeFault, takePullFault } from '../faults/node-fault.ts';
import type { NodeFault } from '../faults/node-fault.ts';
import { chooseExecution } from './choose-execution.ts';
import type { CommandExecution } from './choose-execution.ts';
import { findEnvironment } from './compile-references.ts';
import { fillCommand } from './expressions.ts';
import { distributedProcesses } from './command-processes.ts';
import type { CommandSpec } from './job-spec.ts';
import { outputPlace, placeUri } from './output-place.ts';
import { registerOutput } from './register-output.ts';
import { resolveUri } from './resolve-uri.ts';
import { commandPath, makeRunFolders, pathInContainer } from './run-folders.ts';
import type { RunFolders } from './run-folders.ts';
import type { JobEngineOptions, RuntimeInput, RuntimeInputs, UpdateRun } from './run-context.ts';
import { RunFailure, RunStopped, stopReason } from './run-failure.ts';
import type { RunLogs } from './run-logs.ts';
import { artifactFolder } from './run-record.ts';
import type { RunOutput, RunRecord } from './run-record.ts';
import type { Slots } from './slots.ts';
import { supervise } from './supervise.ts';
import type { SuperviseOptions } from './supervise.ts';
import type { ProcessExit } from './supervisor-messages.ts';
import { downloadPlace, uploadTo } from './transfer.ts';

export interface CommandRun {
  readonly run: RunRecord;
  readonly step: CommandSpec;
  readonly inputs: RuntimeInputs;
  /** Places of outputs that are the pipeline's own. */
  readonly boundPlaces: Readonly<Record<string, BlobPlace>>;
  readonly directory: string;
  readonly tools: string;
  readonly logs: RunLogs;
  readonly slots: Slots;
  readonly preparing: Slots;
  readonly options: JobEngineOptions;
  readonly update: UpdateRun;
  readonly onSupervisor: (child: ChildProcess) => void;
  readonly signal: AbortSignal;
}

/** How long a command has to end after it was asked to, when it is canceled and when the twin goes down. */
const cancelGraceMs = 10_000;
const closingGraceMs = 2000;
/** How long what a command left may take to be stored when it failed or was canceled. */
const leftUploadMs = 20_000;
/** So much of what a command said last goes into its error. */
const quotedLines = 8;
const quotedChars = 2000;

/** What a command is handed for an input that it reads itself: of an asset the path that it stands for. */
function directUri(uri: string, options: JobEngineOptions): string {
  if (/^(?:https?:|azureml:\/\/(?:datastores|subscriptions)\/)/i.test(uri)) return uri;
  const resolved = resolveUri(uri, options);
  if ('fault' in resolved) return uri;
  return placeUri(options, resolved.place, false) ?? uri;
}

async function materialiseInput(
  name: string,
  input: RuntimeInput,
  folders: RunFolders,
  { options, signal }: CommandRun,
): Promise<string> {
  if (input.type === 'literal') return input.text;
  if (input.mode === 'direct') return directUri(input.uri, options);
  const resolved = resolveUri(input.uri, options);
  if ('fault' in resolved)
    throw new RunFailure('UserError', `the address "${input.uri}" of the input ${name} ${resolved.fault}`);
  const directory = join(folders.data, `INPUT_${name}`);
  const { path, files } = await downloadPlace(options.blobs, resolved.place, directory, signal);
  if (files === 0 && !resolved.mayBeEmpty)
    throw new RunFailure('UserError', `nothing is stored at the address "${input.uri}" of the input ${name}`);
  return path;
}

async function downloadCode(work: string, { step, options, signal }: CommandRun): Promise<void> {
  if (step.code === null) return;
  const { files } = await downloadPlace(
    options.blobs,
    { ...step.code, path: step.code.path.replace(/\/+$/, '') },
    work,
    signal,
  );
  if (files === 0) throw new RunFailure('UserError', 'the code snapshot is empty');
}

function lastWords(logs: RunLogs, names: readonly string[]): string {
  const quote = (name: string): string => {
    const file = logs.file(name);
    if (!existsSync(file)) return '';
    const lines = readFileSync(file, 'utf8').trimEnd().split(/\r?\n/);
    return lines
      .filter((line) => !line.startsWith('[local twin]'))
      .slice(-quotedLines)
      .join('\n');
  };
  return (
    names
      .map(quote)
      .find((text) => text !== '')
      ?.slice(-quotedChars) ?? ''
  );
}

function failureOf(
  exits: readonly ProcessExit[],
  names: readonly string[],
  logs: RunLogs,
): RunFailure | undefined {
  // Those that were ended because of another one's failure say nothing of why.
  const ofItself = exits.findIndex((exit) => exit.code !== 0 && !exit.wasAsked);
  const failed = ofItself === -1 ? exits.findIndex((exit) => exit.code !== 0) : ofItself;
  const exit = exits[failed];
  if (exit === undefined) return undefined;
  const log = names[failed] ?? names[0] ?? '';
  if (exit.failure !== null)
    return new RunFailure('UserError', `Execution failed. The command did not start: ${exit.failure}`);
  const how = exit.signal === null ? `exit code ${exit.code}` : `signal ${exit.signal}`;
  const words = lastWords(logs, [log]);
  return new RunFailure(
    'UserError',
    `Execution failed. The command ended with ${how}. See the log ${log}${words === '' ? '.' : `:\n${words}`}`,
  );
}

function replacedNode(fault: NodeFault | undefined, processes: number): Pick<SuperviseOptions, 'replace'> {
  if (fault?.replaced === undefined) return {};
  const { afterMs, rank = processes - 1 } = fault.replaced;
  const notice = `[local twin] the node of rank ${rank} was lost (${fault.id}): another takes its place`;
  return { replace: { index: rank, afterMs, notice } };
}

/** Runs the processes until they have ended, the time is up, or somebody stops them. */
async function execute(
  command: CommandRun,
  values: ReadonlyMap<string, string>,
  execution: CommandExecution,
): Promise<void> {
  const { run, step, logs, options, directory } = command;
  const seen =
    execution.runs === 'process'
      ? values
      : new Map([...values].map(([key, value]) => [key, pathInContainer(value, directory, run.runId)]));
  const commandLine = fillCommand(step.command, ({ kind, name }) => {
    const value = seen.get(`${kind}.${name}`);
    return value === undefined ? undefined : commandPath(value, directory);
  });
  const processes = await distributedProcesses(command, commandLine, seen, execution);
  const names = processes.map(({ name }) => name);
  const limit = new AbortController();
  const timer =
    step.timeoutMs === null
      ? undefined
      : setTimeout(() => limit.abort(new RunStopped('timeout')), Math.min(step.timeoutMs, 2 ** 31 - 1));
  const signal = AbortSignal.any([command.signal, limit.signal]);
  try {
    command.update(run.runId, {
      status: 'Running',
      startedAt: run.startedAt ?? options.now(),
      logs: logs.names,
    });
    const fault = takeNodeFault(options.faults, run);
    const exits = await supervise(
      processes.map(({ process }) => process),
      {
        signal,
        graceMs: () => (stopReason(signal) === 'closing' ? closingGraceMs : cancelGraceMs),
        loseNode: fault !== undefined && fault.replaced === undefined,
        ...replacedNode(fault, processes.length),
        onSupervisor: command.onSupervisor,
      },
    ).catch((error: unknown) => {
      if (fault === undefined || fault.replaced !== undefined) throw error;
      throw new RunFailure(
        'SystemError',
        `The node that the command ran on was lost (${fault.id} of the local twin).`,
      );
    });
    command.signal.throwIfAborted();
    if (limit.signal.aborted)
      throw new RunFailure(
        'UserError',
        `The command ran longer than its limit of ${(step.timeoutMs ?? 0) / 1000} s.`,
      );
    const failure = failureOf(exits, names, logs);
    if (failure !== undefined) throw failure;
  } finally {
    clearTimeout(timer);
  }
}

/** Uploads what the command left in its outputs and in the `outputs` and `logs` folders of its working directory. */
async function upload(
  command: CommandRun,
  values: ReadonlyMap<string, string>,
  folders: RunFolders,
  { registers }: { readonly registers: boolean } = { registers: true },
): Promise<void> {
  const { run, step, options, signal } = command;
  for (const folder of ['outputs', 'logs'])
    await uploadTo(
      options.blobs,
      join(folders.work, folder),
      { container: 'azureml', path: `${artifactFolder(run.runId)}/${folder}` },
      signal,
    );
  const outputs: Record<string, RunOutput> = {};
  for (const [name, spec] of Object.entries(step.outputs)) {
    const bound = spec.boundTo === null ? undefined : command.boundPlaces[spec.boundTo];
    const place = bound ?? outputPlace(options, run.runId, name, spec);
    const source = values.get(`outputs.${name}`) ?? '';
    const isOwnPlace = spec.uri === null;
    // What an interrupted attempt uploaded is not part of this one's output.
    if (isOwnPlace) await options.blobs.deletePrefix(place.container, `${place.path}/`);
    const uploaded =
      spec.mode === 'direct'
        ? undefined
        : await uploadTo(
            options.blobs,
            source,
            place,
            signal,
            isOwnPlace || spec.dataType !== 'uri_file' ? name : null,
          );
    const stored = { dataType: spec.dataType, place: uploaded?.place ?? place, asset: null };
    outputs[name] =
      spec.asset === null || !registers
        ? stored
        : { ...stored, asset: registerOutput(stored, spec.asset, run.runId, options) };
  }
  command.update(run.runId, { outputs });
}

/**
 * In Azure outputs are mounted: what a command that failed or was canceled has written is there. It is not registered.
 * Never throws: why the command ended is what counts.
 */
async function uploadLeft(
  command: CommandRun,
  values: ReadonlyMap<string, string>,
  folders: RunFolders,
): Promise<void> {
  const { run, options } = command;
  if (stopReason(command.signal) === 'closing') return;
  const signal = AbortSignal.timeout(leftUploadMs);
  const tooLate = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  const stored = upload({ ...command, signal }, values, folders, { registers: false });
  await Promise.race([stored, tooLate]).catch((error: unknown) =>
    options.log(`what ${run.runId} left is not all stored: ${errorMessage(error)}`),
  );
}

/** One command from its inputs to its outputs. Rejects with a RunFailure, or with the signal's reason. */
export async function runCommand(command: CommandRun): Promise<void> {
  const { run, step, inputs, options, directory, signal, update } = command;
  const folders = makeRunFolders(directory);
  const values = new Map<string, string>();
  let execution: CommandExecution;
  const ready = await command.preparing.take(signal);
  try {
    update(run.runId, {
      status: 'Preparing',
      inputs: Object.fromEntries(
        Object.entries(inputs).flatMap(([name, input]) =>
          input.type === 'data' ? [[name, { dataType: input.dataType, uri: input.uri }]] : [],
        ),
      ),
    });
    execution = await chooseExecution(
      step.environmentId === null ? null : findEnvironment(step.environmentId, options),
      options,
      signal,
      takePullFault(options.faults, run),
    );
    update(run.runId, { execution: execution.description });
    await downloadCode(folders.work, command);
    for (const [name, input] of Object.entries(inputs))
      values.set(`inputs.${name}`, await materialiseInput(name, input, folders, command));
  } finally {
    ready();
  }
  for (const [name, spec] of Object.entries(step.outputs)) {
    if (spec.mode === 'direct') {
      const place = outputPlace(options, run.runId, name, spec);
      values.set(`outputs.${name}`, placeUri(options, place, spec.dataType !== 'uri_file') ?? '');
      continue;
    }
    const path = join(folders.data, name);
    if (spec.dataType !== 'uri_file') mkdirSync(path, { recursive: true });
    values.set(`outputs.${name}`, path);
  }
  update(run.runId, { status: 'Queued' });
  const leave = await command.slots.take(signal);
  try {
    await execute(command, values, execution);
  } catch (error) {
    await uploadLeft(command, values, folders);
    throw error;
  } finally {
    leave();
  }
  update(run.runId, { status: 'Finalizing' });
  await upload(command, values, folders);
}
