import { describe, expect, it } from 'vitest';
import { explain } from '../../../src/actions/explain.ts';
import { checkFile, fileDiagnostics } from '../../../src/documents/check-file.ts';
import { ruleExamples } from '../../../src/documents/rules/catalogue/examples.ts';
import { errorCodes } from '../../../src/errors/index.ts';

function codesOf(kind: (typeof ruleExamples)[string]['kind'], text: string): string[] {
  const checked = checkFile({ text, file: 'example.yml', kind, asOf: '2026-11-23' });
  return fileDiagnostics(checked).map(({ code }) => code);
}

describe('explain', () => {
  it('knows every finding and every error', async () => {
    const { explanations } = await explain();
    const codes = explanations.map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
    expect(codes).toEqual(expect.arrayContaining([...Object.keys(errorCodes), ...Object.keys(ruleExamples)]));
    for (const { about, why, remedy, exitCode } of explanations) {
      const facts = about === 'finding' ? [why, remedy] : [exitCode];
      expect(facts).not.toContain(undefined);
    }
  });

  it('takes codes in any case, in the order asked for', async () => {
    const { explanations } = await explain({ codes: ['usage', 'Traffic-Sum'] });
    expect(explanations.map(({ code }) => code)).toEqual(['USAGE', 'traffic-sum']);
  });

  it('suggests the nearest codes for an unknown one', async () => {
    await expect(explain({ codes: ['trafic-sum'] })).rejects.toMatchObject({
      code: 'USAGE',
      hint: expect.stringContaining('traffic-sum') as string,
    });
    await expect(explain({ codes: ['__proto__'] })).rejects.toMatchObject({ code: 'USAGE' });
  });
});

describe('an example', () => {
  it.each(Object.entries(ruleExamples))(
    'of %s gives it when wrong, and nothing of the kind when right',
    (code, example) => {
      expect(codesOf(example.kind, example.bad)).toContain(code);
      // What stays in both is that an example is short: keys are left out.
      expect(codesOf(example.kind, example.good).filter((each) => each !== 'may-be-supplied')).toEqual([]);
    },
  );
});
