#!/usr/bin/env node
import * as module from 'node:module';
import { needsNewerNode } from './node-version.js';

if (!needsNewerNode()) {
  module.enableCompileCache?.();
  const { main } = await import('../dist/main.js');
  await main(import.meta.url);
}
