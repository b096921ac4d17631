/**
 * The local twin as a process of its own: cold start, latency of GETs with 1,000 models and 200 jobs, memory with four
 * deployments. Scoring processes and Azurite are other processes and not counted. Besides, createTwin() in this process.
 * Usage: npm run bench:twin [-- STARTS]
 */
import { execFileSync, fork, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deployOnline } from '../src/actions/deploy-online.ts';
import { readTwinDescriptor } from '../src/io/index.ts';
import type { TwinDescriptor } from '../src/io/index.ts';
import { askTwin, stopTwin } from '../src/local/index.ts';
import { twinNodeFlags } from '../src/local/lifecycle/launch-twin.ts';
import { openSqlite } from '../src/local/store/sqlite.ts';
import { createTwin } from '../src/testing.ts';
import { smallPackage } from '../test/helpers/small-package.ts';
import { machine, median, packageVersions, quantile } from './machine.ts';

const starts = Number(process.argv[2] ?? 5);
const models = 1000;
const jobs = 200;
const gets = 3000;
const deployments = 4;
const peerServer = fileURLToPath(new URL('bare-https-server.ts', import.meta.url));
const cli = fileURLToPath(new URL('../bin/run.js', import.meta.url));

interface Started {
  readonly twin: TwinDescriptor;
  readonly ms: number;
}

/** From the start of the process until it answers. */
async function startTwinProcess(env: NodeJS.ProcessEnv): Promise<Started> {
  const begin = performance.now();
  const child = spawn(process.execPath, [...twinNodeFlags, cli, 'local', 'up', '--foreground'], {
    env,
    stdio: 'ignore',
  });
  for (;;) {
    const twin = readTwinDescriptor(env);
    if (twin !== undefined && (await askTwin(twin)) !== undefined)
      return { twin, ms: performance.now() - begin };
    if (child.exitCode !== null) throw new Error(`the twin ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const agent = new Agent({ keepAlive: true, maxSockets: 4 });

/** One request over a connection that stays open; milliseconds until the answer is whole. */
function send(
  twin: TwinDescriptor,
  ca: string,
  token: string,
  path: string,
  body?: object,
): Promise<{ readonly ms: number; readonly status: number; readonly text: string }> {
  const begin = performance.now();
  const text = body === undefined ? '' : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: '127.0.0.1',
        port: twin.port,
        ca,
        agent,
        method: body === undefined ? 'GET' : 'PUT',
        path,
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          'content-length': String(Buffer.byteLength(text)),
        },
      },
      (response) => {
        let answer = '';
        response.setEncoding('utf8').on('data', (part: string) => (answer += part));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ ms: performance.now() - begin, status: response.statusCode ?? 0, text: answer }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(text);
  });
}

/** One job that ran, as two hundred: the twin is down meanwhile. */
async function multiplyJob(home: string, name: string): Promise<void> {
  const database = await openSqlite(join(home, 'local', 'state.db'));
  const row = database
    .prepare("SELECT kind, parent, body FROM resource WHERE kind = 'job' AND name = ?")
    .get(name) as { kind: string; parent: string; body: string } | undefined;
  if (row === undefined) throw new Error('no job to multiply');
  const insert = database.prepare(
    'INSERT INTO resource (kind, parent, name, body, created_at, modified_at) VALUES (?, ?, ?, ?, 1, 1)',
  );
  database.exec('BEGIN');
  for (let index = 1; index < jobs; index += 1) {
    const copy = `${name}-${index}`;
    insert.run(row.kind, row.parent, copy, row.body.replaceAll(name, copy));
  }
  database.exec('COMMIT');
  database.close();
}

function residentMiB(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024;
}

const verdict = (figure: number, limit: number): string => (figure <= limit ? 'within' : 'OVER');

console.log(machine());
console.log(packageVersions(['fastify', 'azurite']));

const created: number[] = [];
for (let run = 0; run < starts; run += 1) {
  const begin = performance.now();
  const twin = await createTwin();
  created.push(performance.now() - begin);
  await twin.close();
}
console.log(
  `createTwin()        median ${median(created).toFixed(0)} ms, first ${(created[0] ?? 0).toFixed(0)} ms (${verdict(median(created), 1000)} 1 s)`,
);

const home = mkdtempSync(join(tmpdir(), 'aml-deit-bench-twin-'));
const env: NodeJS.ProcessEnv = { ...process.env, AML_DEIT_HOME: home };
const model = await smallPackage();
try {
  const cold: number[] = [];
  for (let run = 0; run < starts; run += 1) {
    cold.push((await startTwinProcess(env)).ms);
    await stopTwin({ env });
    rmSync(join(home, 'local'), { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
  console.log(
    `cold start to ready median ${median(cold).toFixed(0)} ms, slowest ${Math.max(...cold).toFixed(0)} ms (${verdict(median(cold), 1500)} 1.5 s)`,
  );

  let { twin } = await startTwinProcess(env);
  const ca = readFileSync(twin.caFile, 'utf8');
  const tokenOf = async (): Promise<string> => {
    const response = await new Promise<string>((resolve, reject) => {
      request(
        `${twin.identity.endpoint}?api-version=2019-08-01&resource=https%3A%2F%2Fmanagement.azure.com`,
        { ca, headers: { 'x-identity-header': twin.identity.header } },
        (answer) => {
          let text = '';
          answer.setEncoding('utf8').on('data', (part: string) => (text += part));
          answer.on('end', () => resolve(text));
        },
      )
        .on('error', reject)
        .end();
    });
    return (JSON.parse(response) as { access_token: string }).access_token;
  };
  const token = await tokenOf();
  const path = (rest: string): string =>
    `/subscriptions/${twin.subscriptionId}/resourceGroups/${twin.resourceGroup}/providers/Microsoft.MachineLearningServices/workspaces/${twin.workspaceName}${rest}${rest.includes('?') ? '&' : '?'}api-version=2024-04-01`;
  const put = async (rest: string, body: object): Promise<void> => {
    const { status, text } = await send(twin, ca, token, path(rest), body);
    if (status >= 300) throw new Error(`PUT ${rest}: ${status} ${text}`);
  };
  const writes: number[] = [];
  for (let index = 0; index < models; index += 1) {
    const begin = performance.now();
    await put(`/models/model-${index % 100}/versions/${Math.floor(index / 100) + 1}`, {
      properties: {
        modelUri: `azureml://datastores/workspaceblobstore/paths/LocalUpload/${index}/package`,
        tags: { hash: 'x'.repeat(64), index: String(index) },
      },
    });
    writes.push(performance.now() - begin);
  }
  await put('/environments/bench/versions/1', { properties: { image: 'bench:1' } });
  await put('/jobs/bench-job', {
    properties: {
      jobType: 'Command',
      command: 'echo done',
      environmentId: path('/environments/bench/versions/1').split('?')[0],
      experimentName: 'bench',
      displayName: 'bench',
    },
  });
  await new Promise((resolve) => setTimeout(resolve, 5000));
  await stopTwin({ env });
  await multiplyJob(home, 'bench-job');
  ({ twin } = await startTwinProcess(env));

  const kinds: Readonly<Record<string, (index: number) => string>> = {
    workspace: () => '',
    'model version': (index) => `/models/model-${index % 100}/versions/${(index % 10) + 1}`,
    'model versions, latest': (index) =>
      `/models/model-${index % 100}/versions?$orderBy=createdtime%20desc&$top=1`,
    'models, a page': (index) => `/models?$skip=${(index % 5) * 20}`,
    job: (index) => `/jobs/bench-job-${(index % (jobs - 1)) + 1}`,
    'jobs, a page': () => '/jobs',
  };
  const all: number[] = [];
  const names = Object.keys(kinds);
  const byKind = new Map<string, number[]>(names.map((name) => [name, []]));
  for (let index = 0; index < gets + 200; index += 1) {
    const name = names[index % names.length] ?? '';
    const { ms, status, text } = await send(twin, ca, token, path(kinds[name]?.(index) ?? ''));
    if (status !== 200) throw new Error(`${name}: ${status} ${text}`);
    // The first ones warm up.
    if (index < 200) continue;
    all.push(ms);
    byKind.get(name)?.push(ms);
  }
  const bare: number[] = [];
  const peer = fork(peerServer, [join(home, 'local', 'certificates')], { env: process.env });
  try {
    const port = await new Promise<number>((resolve, reject) => {
      peer.once('message', (message) => resolve(message as number));
      peer.once('exit', () => reject(new Error('the bare server ended')));
    });
    for (let index = 0; index < 1200; index += 1) {
      const { ms } = await send({ ...twin, port }, ca, token, '/');
      if (index >= 200) bare.push(ms);
    }
  } finally {
    peer.kill();
  }
  console.log(
    `bare HTTPS server   p50 ${quantile(bare, 0.5).toFixed(1)} ms   p99 ${quantile(bare, 0.99).toFixed(1)} ms (1 KiB of JSON, the same client and machine)`,
  );
  console.log(
    `PUT of a model      p50 ${quantile(writes, 0.5).toFixed(1)} ms   p99 ${quantile(writes, 0.99).toFixed(1)} ms`,
  );
  console.log(
    `GET, all kinds      p50 ${quantile(all, 0.5).toFixed(1)} ms   p99 ${quantile(all, 0.99).toFixed(1)} ms (${verdict(quantile(all, 0.99), 10)} 10 ms)`,
  );
  for (const [name, values] of byKind)
    console.log(
      `  ${name.padEnd(24)} p50 ${quantile(values, 0.5).toFixed(1)} ms   p99 ${quantile(values, 0.99).toFixed(1)} ms`,
    );

  for (let index = 0; index < deployments; index += 1)
    await deployOnline({
      target: 'local',
      env,
      sku: 'Standard_D4as_v4',
      endpoint: `bench-${index}`,
      model,
      pollIntervalMs: 50,
    });
  const report = await askTwin(twin);
  const served = report?.deployments
    .flatMap(({ instances }) => instances)
    .filter(({ ready }) => ready).length;
  if (served !== deployments) throw new Error(`${served} scoring processes are ready`);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const resident = residentMiB(report?.pid ?? 0);
  console.log(
    `memory              ${resident.toFixed(0)} MiB with ${deployments} deployments, ${models} models, ${jobs} jobs (${verdict(resident * 1.048576, 150)} 150 MB)`,
  );
} finally {
  await stopTwin({ env });
  agent.destroy();
  rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  rmSync(dirname(model), { recursive: true, force: true });
}
