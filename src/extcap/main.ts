// What Wireshark starts: at every start of its own to list interfaces, so nothing is loaded before it is needed.
import { runningDevices } from '../run/registry.ts';
import { deviceOf, type ExtcapRequest, listInterfaces, listLinkTypes, listOptions, parseRequest } from './extcap.ts';

/** Of the interface to Wireshark. */
const VERSION = '1.0';
/** Milliseconds to complete a capture after Wireshark wants it to end; its pipe may be stuck. */
const GRACE = 1000;

async function answer(request: ExtcapRequest): Promise<string[]> {
  switch (request.action) {
    case 'interfaces':
      return listInterfaces(runningDevices(), VERSION);
    case 'dlts':
      return listLinkTypes();
    case 'config':
      return listOptions();
    case 'capture':
      await capture(request);
      return [];
  }
}

async function capture({ interface: name, fifo, settings }: ExtcapRequest): Promise<void> {
  const device = deviceOf(name, runningDevices());
  const { captureLive } = await import('./live-capture.ts');
  const { promise: stop, resolve } = Promise.withResolvers<void>();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => {
      resolve();
      setTimeout(() => process.exit(), GRACE).unref();
    });
  }
  await captureLive({ devices: [device], output: fifo, settings, stop });
}

try {
  const lines = await answer(parseRequest(process.argv.slice(2)));
  if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`);
} catch (error) {
  process.stderr.write(`pciem: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
