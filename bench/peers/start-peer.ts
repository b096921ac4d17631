import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A server to compare with, running. */
export interface Peer {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  stop(): void;
}

/** Installed once and kept: delete the folder to install anew. */
const root = join(tmpdir(), 'aml-deit-bench-peers');
const here = fileURLToPath(new URL('.', import.meta.url));

function runOrThrow(file: string, args: readonly string[], cwd: string): void {
  const { status, stderr, error } = spawnSync(file, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw error ?? new Error(`${file} ${args.join(' ')}: ${stderr.slice(-1000)}`);
}

/**
 * @huggingface/transformers 4.3.1 and fastify 5: on the package's own graph and weights, or on torch's export of the same
 * checkpoint, which is what its users have.
 */
export async function startTransformersJs(
  packageDirectory: string,
  threads: number,
  exported?: { readonly checkpoint: string },
): Promise<Peer> {
  const folder = join(root, 'transformers-js');
  if (!existsSync(join(folder, 'node_modules', '@huggingface', 'transformers'))) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}');
    runOrThrow(
      'npm',
      [
        'install',
        '--ignore-scripts',
        '--no-audit',
        '--no-fund',
        '@huggingface/transformers@4.3.1',
        'fastify@5',
      ],
      folder,
    );
  }
  copyFileSync(join(here, 'transformers-server.mjs'), join(folder, 'server.mjs'));
  const models = join(packageDirectory, '..', exported === undefined ? 'transformers-js' : 'torch-export');
  mkdirSync(join(models, 'deit', 'onnx'), { recursive: true });
  cpSync(join(packageDirectory, 'config.json'), join(models, 'deit', 'config.json'));
  const preprocessor = {
    do_resize: true,
    size: { height: 224, width: 224 },
    do_normalize: true,
    resample: 2,
  };
  const statistics = { do_rescale: true, image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5] };
  writeFileSync(
    join(models, 'deit', 'preprocessor_config.json'),
    JSON.stringify({ image_processor_type: 'ViTImageProcessor', ...preprocessor, ...statistics }),
  );
  const onnx = join(models, 'deit', 'onnx');
  if (exported === undefined)
    for (const file of ['model.onnx', 'model.safetensors']) {
      if (!existsSync(join(onnx, file))) symlinkSync(join(packageDirectory, file), join(onnx, file));
    }
  else {
    const script = join(here, 'export_onnx.py');
    runOrThrow(
      pythonWith('torch', torchPackages),
      [script, exported.checkpoint, join(onnx, 'model.onnx')],
      root,
    );
  }
  const child = spawn(process.execPath, ['server.mjs', models, 'deit', String(threads)], {
    cwd: folder,
    env: { ...process.env, ORT_DISABLE_TELEMETRY: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { port } = JSON.parse(await firstLine(child)) as { port: number };
  const graph = exported === undefined ? '' : ", torch's export";
  return peerOf(`@huggingface/transformers + fastify${graph}`, child, port);
}

const torchPackages = [
  'azureml-inference-server-http==1.5.1',
  'torch',
  'transformers',
  'pillow',
  'numpy',
  'onnx',
];

/** A virtual environment of its own with these packages. */
function pythonWith(name: string, packages: readonly string[]): string {
  const folder = join(root, name);
  const python = join(folder, 'bin', 'python');
  const installed = join(folder, 'installed');
  if (!existsSync(installed) || readFileSync(installed, 'utf8') !== packages.join('\n')) {
    mkdirSync(root, { recursive: true });
    runOrThrow('python3', ['-m', 'venv', folder], root);
    runOrThrow(python, ['-m', 'pip', 'install', '--quiet', ...packages], root);
    writeFileSync(installed, packages.join('\n'));
  }
  return python;
}

export interface BareOpenVino {
  readonly version: string;
  /** Images a second. */
  rate(batch: number, images: number): Promise<number>;
  stop(): void;
}

export async function startOpenVino(packageDirectory: string, threads: number): Promise<BareOpenVino> {
  const python = pythonWith('openvino', ['openvino==2026.4.1', 'numpy']);
  const graph = join(packageDirectory, 'model.onnx');
  const child = spawn(python, [join(here, 'openvino_bare.py'), graph, String(threads)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('OpenVINO ended');
    return value;
  };
  const version = await next();
  return {
    version,
    async rate(batch, images) {
      child.stdin.write(`${batch} ${images}\n`);
      return Number(await next());
    },
    stop: () => child.kill(),
  };
}

/** azureml-inference-server-http 1.5.1 around transformers and torch. Some gigabytes are installed the first time. */
export async function startTorchServer(checkpoint: string, threads: number): Promise<Peer> {
  const python = pythonWith('torch', torchPackages);
  const port = await freePort();
  const server = join(python, '..', 'azmlinfsrv');
  const child = spawn(server, ['--entry_script', join(here, 'torch_score.py'), '--port', String(port)], {
    env: {
      ...process.env,
      BENCH_CHECKPOINT: checkpoint,
      BENCH_THREADS: String(threads),
      WORKER_TIMEOUT: '300',
      OMP_NUM_THREADS: String(threads),
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  for (let tries = 0; ; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
    if (answer?.status === 200) break;
    if (tries > 120 || child.exitCode !== null) throw new Error('azmlinfsrv did not start');
  }
  return peerOf('azureml-inference-server-http + torch', child, port);
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('no output to read');
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error('the peer ended before it listened');
}

function peerOf(name: string, child: ChildProcess, port: number): Peer {
  return { name, port, pid: child.pid ?? 0, stop: () => void child.kill() };
}
