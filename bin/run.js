#!/usr/bin/env node
// The CLI's door: says clearly what it needs when an older Node starts it, then one dynamic import.
// Written in syntax that an old Node can parse.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `aml-deit needs Node 22.18 or newer; this is Node ${process.versions.node}.\n` +
      'In the repository, npm scripts run on the right one: npm run aml-deit -- <command>\n' +
      'Elsewhere: npm install --save-dev node@24, then npx aml-deit <command>\n',
  );
  process.exit(1);
}
const { enableCompileCache } = await import('node:module');
enableCompileCache();
const { main } = await import('../dist/cli/main.js');
await main(process.argv.slice(2), import.meta.url);
