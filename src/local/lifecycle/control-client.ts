import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { AmlDeitError } from '../../errors/index.ts';
import type { TwinDescriptor } from '../../io/index.ts';
import type { FaultReport, FaultRule } from '../faults/fault-rule.ts';
import { controlHeader, controlPrefix } from './control-routes.ts';
import type { TwinReport } from './control-routes.ts';
import type { RegistryImport, RegistryImportResult } from './import-registry-model.ts';

interface ControlAnswer {
  readonly status: number;
  readonly text: string;
}

function call(
  twin: TwinDescriptor,
  method: string,
  path: string,
  timeoutMs: number,
  body?: object,
): Promise<ControlAnswer> {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? '' : JSON.stringify(body);
    const outgoing = request(
      {
        host: '127.0.0.1',
        port: twin.port,
        method,
        path: `${controlPrefix}${path}`,
        ca: readFileSync(twin.caFile),
        agent: false,
        // From start to end: a stopped process still lets its connections open.
        signal: AbortSignal.timeout(timeoutMs),
        headers: {
          [controlHeader]: twin.identity.header,
          'content-type': 'application/json',
          'content-length': String(Buffer.byteLength(text)),
        },
      },
      (response) => {
        let answer = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          answer += part;
        });
        response.on('error', reject);
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, text: answer });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(text);
  });
}

/** A busy machine takes its time; whoever stays silent for longer is taken for gone, and may be killed. */
const answerTimeoutMs = 5000;

/** What the twin says of itself; undefined when it does not answer, or something else does in its place. */
export async function askTwin(
  twin: TwinDescriptor,
  timeoutMs = answerTimeoutMs,
): Promise<TwinReport | undefined> {
  try {
    const { status, text } = await call(twin, 'GET', 'status', timeoutMs);
    return status === 200 ? (JSON.parse(text) as TwinReport) : undefined;
  } catch {
    return undefined;
  }
}

/** Asks it to end; false when it does not answer. */
export async function askShutdown(twin: TwinDescriptor, timeoutMs = answerTimeoutMs): Promise<boolean> {
  try {
    return (await call(twin, 'POST', 'shutdown', timeoutMs)).status === 202;
  } catch {
    return false;
  }
}

const importTimeoutMs = 10 * 60 * 1000;

export async function askImport(
  twin: TwinDescriptor,
  options: RegistryImport,
): Promise<RegistryImportResult> {
  const { status, text } = await call(twin, 'POST', 'registry-models', importTimeoutMs, options);
  if (status === 200) return JSON.parse(text) as RegistryImportResult;
  const { error } = JSON.parse(text) as { error?: { message?: string } };
  throw new Error(error?.message ?? `the twin answered ${status}`);
}

const faultTimeoutMs = 5000;

function parseAnswer({ status, text }: ControlAnswer): unknown {
  if (status < 300) return JSON.parse(text);
  const { error } = JSON.parse(text) as { error?: { code?: string; message?: string } };
  const message = error?.message ?? `the twin answered ${status}`;
  throw error?.code === 'FAULT_INVALID' ? new AmlDeitError('FAULT_INVALID', message) : new Error(message);
}

/** Throws FAULT_INVALID. */
export async function askAddFault(twin: TwinDescriptor, rule: FaultRule): Promise<FaultReport> {
  return parseAnswer(await call(twin, 'POST', 'faults', faultTimeoutMs, rule)) as FaultReport;
}

export async function askFaults(twin: TwinDescriptor): Promise<readonly FaultReport[]> {
  const answer = await call(twin, 'GET', 'faults', faultTimeoutMs);
  return (parseAnswer(answer) as { readonly faults: readonly FaultReport[] }).faults;
}

/** Gives how many there were. */
export async function askClearFaults(twin: TwinDescriptor, id?: string): Promise<number> {
  const path = id === undefined ? 'faults' : `faults/${encodeURIComponent(id)}`;
  const answer = await call(twin, 'DELETE', path, faultTimeoutMs);
  return (parseAnswer(answer) as { readonly cleared: number }).cleared;
}
