import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { pythonEnvironment } from './python-environment.ts';

const run = promisify(execFile);

/** What our reading of Azure's documents was compared with, and is. */
export const azureAiMlVersion = '1.35.2';

/** A document to load: the file itself, or a text that counts as standing there. */
export interface LoadRequest {
  readonly kind: string;
  readonly file: string;
  readonly text?: string;
}

/** Why a document is refused; null where it loads. */
export type LoadVerdict = string | null;

/** Packages of the one Python environment that all conformance tests share. */
export const azureAiMlPackages = [`azure-ai-ml==${azureAiMlVersion}`, 'azure-identity'] as const;

/** Microsoft's Python client as a reader of documents; its files go with {@link dispose}. */
export class AzureAiMl {
  readonly #folder = mkdtempSync(join(tmpdir(), 'azure-ai-ml-'));
  readonly #python: string;
  #count = 0;

  private constructor(python: string) {
    this.#python = python;
  }

  /** Needs `python3` with venv, and a package index that pip knows. */
  static async install(): Promise<AzureAiMl> {
    return new AzureAiMl(await pythonEnvironment(azureAiMlPackages));
  }

  /** Verdicts in the order of the requests, from as many processes at once as are asked for. */
  async load(requests: readonly LoadRequest[], processes = 1): Promise<LoadVerdict[]> {
    // Dealt out one by one: neighbours take about as long as each other.
    const shares = Array.from({ length: processes }, (_, share) =>
      requests.filter((_request, index) => index % processes === share),
    );
    const answers = await Promise.all(shares.map((share) => this.#loadShare(share)));
    return requests.map((_, index) => answers[index % processes]?.[Math.floor(index / processes)] ?? null);
  }

  async #loadShare(requests: readonly LoadRequest[]): Promise<LoadVerdict[]> {
    const stem = join(this.#folder, `share-${(this.#count += 1)}`);
    writeFileSync(`${stem}.json`, JSON.stringify(requests));
    const driver = resolve('test/conformance/python/load_documents.py');
    await run(this.#python, [driver, `${stem}.json`, `${stem}-answers.json`], {
      maxBuffer: 64 * 1024 * 1024,
      env: { ...process.env, AZURE_ML_CLI_PRIVATE_FEATURES_ENABLED: 'false' },
    });
    const answers = JSON.parse(readFileSync(`${stem}-answers.json`, 'utf8')) as LoadVerdict[];
    if (answers.length !== requests.length)
      throw new Error(`${answers.length} of ${requests.length} answers`);
    return answers;
  }

  dispose(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
