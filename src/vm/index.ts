export { guestNode } from './guest-node.ts';
export { escapePath, guestPipe } from './qemu.ts';
export { consoleLogOf, guestShare, runInVm, type VmOptions, type VmResult } from './run.ts';
export { findSplats, type Splat } from './splats.ts';
