import type { RunRequest } from '../run/request.ts';
import type { ProxyRequest } from './run-proxy.ts';

/** A file that a proxy writes: its name in a directory that outlives the virtual machine, and where it belongs. */
export interface Output {
  readonly name: string;
  readonly file: string;
}

const logName = 'proxy.log';
const rulesName = 'proxy-rules.yaml';

/** The files that a proxy writes, besides the capture. */
export function outputsOf({ proxy }: RunRequest): Output[] {
  const log = proxy?.log.file;
  const rules = proxy?.spec.writeRules;
  return [
    ...(log === undefined ? [] : [{ name: logName, file: log }]),
    ...(rules === undefined ? [] : [{ name: rulesName, file: rules }]),
  ];
}

/** The same request with these files elsewhere. */
export function withOutputs(request: ProxyRequest, move: (name: string) => string): ProxyRequest {
  const { log, spec } = request;
  return {
    log: { ...log, ...(log.file !== undefined && { file: move(logName) }) },
    spec: { ...spec, ...(spec.writeRules !== undefined && { writeRules: move(rulesName) }) },
  };
}
