import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../helpers/run-cli.ts';

const schema = JSON.parse(readFileSync('schemas/output/sku-check.schema.json', 'utf8')) as object;
const isResult = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema);

describe('sku check --json', () => {
  it.each([
    ['Standard_D4as_v4', '--for=inference'],
    ['standard_nc6s_v3', 'Standard_D4s_v3', 'nope', '--for=finetune', '--instances=3', '--strict'],
  ])('prints what its published schema says (%s …)', async (...args) => {
    const { stdout } = await runCli(['sku', 'check', ...args, '--json', '--as-of=2026-11-23']);
    const document = JSON.parse(stdout) as { readonly findings: readonly object[] };
    isResult(document);
    expect(isResult.errors).toBe(null);
    expect(isResult({ ...document, findings: [{ ...document.findings[0], severity: 'fatal' }] })).toBe(false);
  });
});
