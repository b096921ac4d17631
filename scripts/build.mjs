// Bundles src/ into dist/ (ESM, shared chunks), emits type declarations and the oclif command manifest.
// Usage: node scripts/build.mjs [--quiet] [--if-stale]
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const quiet = process.argv.includes('--quiet');
process.chdir(root);

/** Whether something that is built is newer than what was built from it. */
function isStale() {
  const time = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const built = time('oclif.manifest.json');
  return ['package.json', ...globSync('src/**/*.{ts,json,txt}')].some((file) => time(file) > built);
}
if (process.argv.includes('--if-stale') && !isStale()) process.exit(0);

/** What is bundled keeps its licence: one file with every bundled package's own text. */
function writeThirdPartyLicenses(inputs) {
  const folders = inputs.flatMap((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []);
  const texts = [...new Set(folders)].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    // The Apache licence wants a package's notice to go with its licence.
    const files = ['{LICENSE,LICENCE,License,license}*', '{NOTICE,Notice,notice}*'].flatMap((pattern) =>
      globSync(pattern, { cwd: folder }).slice(0, 1),
    );
    const text =
      files.length === 0
        ? `License: ${license}`
        : files.map((file) => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n');
    return `${name} ${version}\n\n${text}\n`;
  });
  writeFileSync('dist/THIRD-PARTY-LICENSES.txt', texts.join(`\n${'-'.repeat(80)}\n\n`));
}

/** Leaves packages external, except those that match and what those import. */
function externalExcept(pattern) {
  return {
    name: 'external-except',
    setup(build) {
      build.onResolve({ filter: /^[^./]/ }, (args) => {
        if (args.kind === 'entry-point' || pattern.test(args.path) || args.importer.includes('node_modules'))
          return undefined;
        return { path: args.path, external: true };
      });
    },
  };
}

/**
 * Declarations name types of packages that are bundled and therefore not installed. They are internal, but a program
 * that checks its libraries would miss them: there they are anything.
 */
function forgetBundledTypes() {
  const installed = Object.keys(packageJson.dependencies);
  for (const file of globSync('dist/types/**/*.d.ts')) {
    const text = readFileSync(file, 'utf8');
    const freed = text.replaceAll(
      /^import (?:type )?\{([^}]*)\} from '(@azure\/[^']*)';$/gm,
      (statement, names, name) =>
        installed.includes(name)
          ? statement
          : names
              .split(',')
              .map((type) => `type ${type.trim()} = any;`)
              .join('\n'),
    );
    if (freed !== text) writeFileSync(file, freed);
  }
}

/** Of the declarations only what the public entries lead to is shipped: a thousand small files take four times their size. */
function keepPublicDeclarations(entries) {
  const kept = new Set();
  const visit = (file) => {
    if (kept.has(file)) return;
    kept.add(file);
    const imports = readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g);
    for (const [, path] of imports) visit(join(dirname(file), path.replace(/\.[jt]s$/, '.d.ts')));
  };
  for (const entry of entries) visit(entry);
  for (const file of globSync('dist/types/**/*.d.ts')) if (!kept.has(file)) rmSync(file);
}

const packageJson = JSON.parse(readFileSync('package.json', 'utf8'));
rmSync('dist', { recursive: true, force: true });

// Processes that are started by path (not imported) need an entry of their own.
const processEntries = globSync('src/**/*.process.ts');
// And so does what oclif loads by path.
const hookEntries = globSync('src/**/*.hook.ts');
const result = await esbuild.build({
  entryPoints: [
    'src/index.ts',
    'src/testing.ts',
    'src/cli/main.ts',
    ...globSync('src/commands/**/*.ts'),
    ...processEntries,
    ...hookEntries,
  ],
  outbase: 'src',
  outdir: 'dist',
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22.18',
  sourcemap: false,
  legalComments: 'none',
  metafile: true,
  // oclif is bundled because it is on the start-up path of every command, and Azure's clients because as npm installs
  // them they are 90 MB, of which Node never loads most (builds for browsers, source maps). All else stays outside.
  plugins: [externalExcept(/^@(?:oclif|azure|huggingface)\//)],
  // CommonJS in the bundle needs a real require() for node's modules.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  loader: { '.txt': 'text' },
  define: { 'process.env.AML_DEIT_VERSION': JSON.stringify(packageJson.version) },
  logLevel: 'warning',
});
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
  stdio: 'inherit',
});
keepPublicDeclarations(['dist/types/index.d.ts', 'dist/types/testing.d.ts']);
forgetBundledTypes();
writeThirdPartyLicenses(Object.keys(result.metafile.inputs));

const { Config } = await import('@oclif/core/config');
const config = await Config.load({ root, ignoreManifest: true, userPlugins: false, jitPlugins: false });
const commands = Object.fromEntries(
  [...config.commands]
    .sort((a, b) => a.id.localeCompare(b.id))
    .map((command) => {
      const data = JSON.parse(JSON.stringify(command));
      return [command.id, data];
    }),
);
writeFileSync(
  join(root, 'oclif.manifest.json'),
  JSON.stringify({ commands, version: packageJson.version }, null, 2) + '\n',
);
if (!quiet) {
  const bytes = Object.values(result.metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
  console.log(
    `dist: ${Object.keys(result.metafile.outputs).length} files, ${Math.round(bytes / 1024)} KiB, ${Object.keys(commands).length} commands`,
  );
}
