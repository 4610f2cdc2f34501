#!/usr/bin/env node
import * as module from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { needsNewerNode } from './node-version.js';

const [word, ...rest] = process.argv.slice(2);
if (word === '--version' && rest.length === 0) {
  // As oclif says it, without loading it: scripts ask this often.
  const { name, version } = module.createRequire(import.meta.url)('../package.json');
  console.log(`${name}/${version} ${process.platform}-${process.arch} node-${process.version}`);
} else if (!needsNewerNode()) {
  module.enableCompileCache?.();
  // Node strips types with WebAssembly. Where V8 optimizes that while it runs, Node 24 was seen to abort in
  // ThreadIsolation::StartOfJitAllocationAt.
  setFlagsFromString('--liftoff-only');
  const { main } = await import('../dist/main.js').catch(notBuilt);
  await main(import.meta.url);
}

/** In a checkout; any other error is one of pciem. */
function notBuilt(error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND' || !error.message.includes('dist/main.js')) throw error;
  process.stderr.write('pciem: this checkout has not been built\n  Build it: npm run build\n');
  process.exit(1);
}
