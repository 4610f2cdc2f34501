import { enableCompileCache } from 'node:module';

enableCompileCache?.();
const { runInGuest } = await import('../dist/run/guest.js');
await runInGuest(process.argv[2]);
