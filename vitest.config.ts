import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// Tests run the sources of the workspace packages, so that none has to be built first.
const alias = [
  { find: /^@pciem\/capture\/uapi$/, replacement: source('./capture/src/uapi.ts') },
  { find: /^@pciem\/capture\/config-names$/, replacement: source('./capture/src/analysis/config-names.ts') },
  { find: /^@pciem\/capture\/recorder$/, replacement: source('./capture/src/recorder.ts') },
  { find: /^@pciem\/capture$/, replacement: source('./capture/src/index.ts') },
  { find: /^@pciem\/sdk\/testing$/, replacement: source('./sdk/src/testing/index.ts') },
  { find: /^@pciem\/sdk\/maps$/, replacement: source('./sdk/src/maps/index.ts') },
  { find: /^@pciem\/sdk$/, replacement: source('./sdk/src/index.ts') },
  { find: /^@pciem\/plugin-nvme$/, replacement: source('./plugins/nvme/src/nvme.ts') },
  { find: /^@pciem\/plugin-watchdog$/, replacement: source('./plugins/watchdog/src/watchdog.ts') },
  { find: /^@pciem\/plugin-edu$/, replacement: source('./plugins/edu/src/edu.ts') },
  { find: /^@pciem\/plugin-endpoint-test$/, replacement: source('./plugins/endpoint-test/src/endpoint-test.ts') },
  { find: /^@pciem\/plugin-serial$/, replacement: source('./plugins/serial/src/serial.ts') },
  { find: /^@pciem\/plugin-display$/, replacement: source('./plugins/display/src/display.ts') },
  { find: /^@pciem\/plugin-e1000$/, replacement: source('./plugins/e1000/src/e1000.ts') },
];

export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'unit',
          include: ['{src,sdk,capture,plugins,bench}/**/*.test.ts', 'test/{cli,contract}/**/*.test.ts'],
          // Far more than any of them takes, on a machine with other things to do.
          testTimeout: 60_000,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'wireshark',
          include: ['test/wireshark/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'vm',
          include: ['test/vm/**/*.test.ts'],
          testTimeout: 900_000,
          hookTimeout: 900_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
