import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { card } from '../../src/card/index.ts';

interface Property {
  readonly anyOf?: readonly { readonly enum?: readonly string[] }[];
}

function read(path: string): {
  readonly $id: string;
  readonly properties: Readonly<Record<string, Property>>;
} {
  return JSON.parse(readFileSync(path, 'utf8')) as ReturnType<typeof read>;
}

const names = readdirSync('schemas/deit');
const deployment = read('schemas/deit/managedOnlineDeployment.schema.json');

function accepts(size: unknown): boolean {
  const ajv = new Ajv({ strict: false });
  return ajv.validate(deployment, {
    name: 'blue',
    endpoint_name: 'deit',
    environment: { image: 'i' },
    instance_type: size,
    instance_count: 1,
  });
}

describe('the schemas for DeiT base', () => {
  it('are what the base schemas and the card make', () => {
    execFileSync(process.execPath, ['scripts/narrow-schemas.mjs', '--check'], { stdio: 'pipe' });
    expect(names.length).toBeGreaterThan(0);
  });

  it('are found to be behind when one is', () => {
    const folder = mkdtempSync(join(tmpdir(), 'aml-deit-schemas-'));
    try {
      for (const part of ['scripts', 'schemas', 'dist', 'package.json', '.prettierrc.json']) {
        cpSync(part, join(folder, part), { recursive: true, errorOnExist: false });
      }
      symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'), 'junction');
      writeFileSync(join(folder, 'schemas/deit/managedOnlineDeployment.schema.json'), '{}');
      const check = (): Buffer =>
        execFileSync(process.execPath, ['scripts/narrow-schemas.mjs', '--check'], {
          cwd: folder,
          stdio: 'pipe',
        });
      expect(check).toThrow(/managedOnlineDeployment/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it.each(names)('%s compiles, and has an address of its own', (name) => {
    const schema = read(join('schemas/deit', name));
    expect(schema.$id).toBe(`https://aml-deit/schemas/deit/${name}`);
    expect(() => new Ajv({ strict: false }).compile(schema)).not.toThrow();
  });

  it("offer the allow-list in the card's spelling", () => {
    expect(deployment.properties['instance_type']?.anyOf?.[0]?.enum).toEqual(card.allowLists.inference);
  });

  it.each([...card.allowLists.inference, 'STANDARD_DS3_V2', 'standard_nc6s_v3'])('accept %s', (size) => {
    expect(accepts(size)).toBe(true);
  });

  it.each(['Standard_D4s_v3', 'Standard_DS3_v2x', 'xStandard_DS3_v2', 'DS3_v2', '', 4])(
    'refuse %s',
    (size) => {
      expect(accepts(size)).toBe(false);
    },
  );
});
