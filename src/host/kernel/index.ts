export { Capture } from './capture.ts';
export { type CaptureOutput, openCaptureOutput } from './capture-output.ts';
export { type CaptureSettings, type Compression, isRotating } from './capture-settings.ts';
export {
  type EndpointEnd,
  KernelEndpoint,
  type KernelEndpointOptions,
  openKernelEndpoint,
  type Reload,
} from './endpoint.ts';
export type { DeviceErrorEvent, KernelEvent, TroubleCounter } from './events.ts';
export { openModule } from './open-module.ts';
export type { Stats } from './stats.ts';
