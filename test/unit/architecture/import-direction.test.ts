import { describe, expect, it } from 'vitest';
import { directionFault, importGraph, readEdges } from '../../helpers/import-graph.ts';

describe('direction of imports', () => {
  it('holds for every module of src/', () => {
    const graph = importGraph();
    expect(graph.length).toBeGreaterThan(20);
    expect(graph.map(directionFault).filter((fault) => fault !== undefined)).toEqual([]);
  });

  it.each([
    ['card/x.ts', "import { a } from '../azure/y.ts';", 'may not import'],
    ['card/x.ts', "import { readFileSync } from 'node:fs';", 'only'],
    ['local/x.ts', "import { send } from '../azure/wire/y.ts';", 'may not import'],
    ['model/x.ts', "export * from '../serving/y.ts';", 'may not import'],
    ['actions/x.ts', "const a = await import('../cli/y.ts');", 'may not import'],
    ['actions/x.ts', "import { Command } from '@oclif/core';", 'only'],
    ['serving/x.ts', "import sharp from 'sharp';", 'only'],
    ['local/x.ts', "import {\n  a,\n  b,\n} from '@azure/storage-blob';", 'only'],
  ])('is broken by %s with %s', (from, source, fault) => {
    const edges = readEdges(`\n${source}\n`, from);
    expect(edges).toHaveLength(1);
    expect(edges.map(directionFault)[0]).toContain(fault);
  });

  it.each([
    ['local/x.ts', "import type { Body } from '../azure/wire/y.ts';"],
    ['actions/x.ts', "import { a } from '../azure/y.ts';"],
    ['io/x.ts', "import { a } from '../errors/index.ts';"],
  ])('allows %s with %s', (from, source) => {
    expect(readEdges(`\n${source}\n`, from).map(directionFault)).toEqual([undefined]);
  });
});
