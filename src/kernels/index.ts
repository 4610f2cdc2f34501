export { fetchDebianKernel, type Suite } from './download.ts';
export { findKernels, kernelFromOption } from './find.ts';
export { type Kernel, kernelFromDirectory, releaseOfImage } from './kernel.ts';
