import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot, packageVersion } from '../io/index.ts';
import type { PlacedPackage } from './place-packages.ts';

interface Component {
  readonly type: 'application' | 'library' | 'container' | 'machine-learning-model';
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
  readonly purl?: string;
  readonly licenses?: readonly object[];
  readonly hashes?: readonly object[];
}

export interface SbomInput {
  readonly packages: readonly PlacedPackage[];
  readonly node?: { readonly version: string };
  readonly base: { readonly name: string; readonly digest: string };
}

/** `@img/sharp` is `pkg:npm/%40img/sharp@1.2.3`. */
function purl(name: string, version: string): string {
  return `pkg:npm/${name.replace(/^@/, '%40')}@${version}`;
}

function library(name: string, version: string, license: string | undefined): Component {
  const isExpression = license !== undefined && /\s(?:AND|OR|WITH)\s/.test(license);
  return {
    type: 'library',
    'bom-ref': purl(name, version),
    name,
    version,
    purl: purl(name, version),
    ...(license === undefined
      ? {}
      : { licenses: isExpression ? [{ expression: license }] : [{ license: { id: license } }] }),
  };
}

/** What is bundled into our own files stands in the list of its licences. */
function bundledPackages(): Component[] {
  const text = readFileSync(join(packageRoot(), 'dist', 'THIRD-PARTY-LICENSES.txt'), 'utf8');
  return text.split(`\n${'-'.repeat(80)}\n`).flatMap((part) => {
    const [, name, version] = /^(\S+) (\d\S*)$/m.exec(part.trimStart()) ?? [];
    return name === undefined || version === undefined ? [] : [library(name, version, undefined)];
  });
}

/**
 * What we put into the image, as a CycloneDX 1.6 document without a time or a serial number, so that it is the same for
 * the same image. The base's own packages are not looked into: it is one component.
 */
export function writeSbom(input: SbomInput): string {
  const components: Component[] = [
    ...input.packages.map(({ json }) => library(json.name, json.version, json.license)),
    ...bundledPackages(),
    ...(input.node === undefined
      ? []
      : [
          {
            type: 'application' as const,
            'bom-ref': `node@${input.node.version}`,
            name: 'node',
            version: input.node.version,
            purl: `pkg:generic/node@${input.node.version}`,
            licenses: [{ license: { id: 'MIT' } }],
          },
        ]),
    {
      type: 'container',
      'bom-ref': 'base',
      name: input.base.name,
      version: input.base.digest,
      hashes: [{ alg: 'SHA-256', content: input.base.digest.slice('sha256:'.length) }],
    },
  ];
  const unique = new Map(components.map((component) => [component['bom-ref'], component]));
  const document = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        type: 'application',
        'bom-ref': 'aml-deit',
        name: 'aml-deit',
        version: packageVersion(),
        licenses: [{ license: { id: 'MIT' } }],
      },
    },
    components: [...unique.values()].sort((a, b) => (a['bom-ref'] < b['bom-ref'] ? -1 : 1)),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
