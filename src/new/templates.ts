/** What a new plugin is made of, by the paths of its files. */

export interface TemplateValues {
  /** Of the device, such as `blinker`. */
  readonly name: string;
  /** Of the package. */
  readonly packageName: string;
  /** Versions of what it needs, as ranges. */
  readonly versions: { readonly sdk: string; readonly typescript: string; readonly nodeTypes: string };
  readonly apiVersion: number;
}

export function pluginFiles(values: TemplateValues): Record<string, string> {
  const { name } = values;
  return {
    'package.json': packageJson(values),
    'tsconfig.json': tsconfig,
    '.gitignore': 'dist/\nnode_modules/\n*.pcapng\n',
    'README.md': readme(values),
    [`src/${name}.ts`]: device(values),
    [`src/${name}.test.ts`]: test(values),
  };
}

function packageJson({ name, packageName, versions, apiVersion }: TemplateValues): string {
  const contents = {
    name: packageName,
    version: '0.1.0',
    description: `The device ${name} for pciem`,
    keywords: ['pciem-plugin'],
    type: 'module',
    engines: { node: '>=22.18' },
    files: ['dist'],
    exports: {
      '.': { types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` },
      './package.json': './package.json',
    },
    pciem: {
      apiVersion,
      devices: [{ name, entry: `./dist/${name}.js`, summary: 'Counts down and interrupts' }],
    },
    scripts: { build: 'tsc', test: 'node --test "src/**/*.test.ts"', prepack: 'npm run build' },
    dependencies: { '@pciem/sdk': versions.sdk },
    devDependencies: { '@types/node': versions.nodeTypes, typescript: versions.typescript },
  };
  return `${JSON.stringify(contents, null, 2)}\n`;
}

const tsconfig = `{
  "compilerOptions": {
    "target": "es2024",
    "module": "nodenext",
    "types": ["node"],
    "strict": true,
    "skipLibCheck": true,
    "erasableSyntaxOnly": true,
    "verbatimModuleSyntax": true,
    "rewriteRelativeImportExtensions": true,
    "declaration": true,
    "rootDir": "src",
    "outDir": "dist"
  },
  "include": ["src"],
  "exclude": ["src/**/*.test.ts"]
}
`;

function device({ name }: TemplateValues): string {
  return `import { bar, defineDevice, reg32, rw, w1c } from '@pciem/sdk';

/** A countdown: the driver sets COUNT, starts it with CTRL.START, and is interrupted when it is over. */
export default defineDevice({
  name: '${name}',
  summary: 'Counts down and interrupts',
  identity: { vendor: 0x1234, device: 0x0001, class: 0xff0000 },
  bars: [
    bar(0, {
      size: 4096,
      registers: {
        ID: reg32(0x00, { reset: 0x0001_0000, access: 'ro' }),
        /** Milliseconds. */
        COUNT: reg32(0x04),
        CTRL: reg32(0x08, { fields: { START: rw(0) } }),
        STATUS: reg32(0x0c, { fields: { DONE: w1c(0) } }),
      },
    }),
  ],
  interrupts: { msix: 1 },
  setup({ regs, irq, log }) {
    let timer: NodeJS.Timeout | undefined;

    function start() {
      clearTimeout(timer);
      log(\`counts down from \${regs.COUNT.value} ms\`);
      timer = setTimeout(() => {
        regs.CTRL.START = 0;
        regs.STATUS.DONE = 1;
        irq.raise(0);
      }, regs.COUNT.value);
    }

    return {
      write: {
        CTRL() {
          if (regs.CTRL.START === 1) start();
          else clearTimeout(timer);
        },
      },
      reset: () => clearTimeout(timer),
      stop: () => clearTimeout(timer),
    };
  },
});
`;
}

function test({ name }: TemplateValues): string {
  return `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plug } from '@pciem/sdk/testing';
import device from './${name}.ts';

const [ID, COUNT, CTRL, STATUS] = [0x00, 0x04, 0x08, 0x0c];

test('counts down and interrupts', async () => {
  const host = await plug(device);
  assert.equal(host.read32(0, ID), 0x0001_0000);
  host.write32(0, COUNT, 20);
  host.write32(0, CTRL, 1);
  assert.equal(host.read32(0, STATUS), 0);
  await host.waitForIrq(0);
  assert.equal(host.read32(0, STATUS), 1);
  assert.equal(host.read32(0, CTRL), 0);
  host.write32(0, STATUS, 1);
  assert.equal(host.read32(0, STATUS), 0);
  host.close();
});

test('stops when the driver says so', async () => {
  const host = await plug(device);
  host.write32(0, COUNT, 20);
  host.write32(0, CTRL, 1);
  host.write32(0, CTRL, 0);
  await assert.rejects(host.waitForIrq(0, 60), /no interrupt/);
  host.close();
});
`;
}

function readme({ name, packageName }: TemplateValues): string {
  return `# ${packageName}

The device \`${name}\` for [pciem](https://www.npmjs.com/package/pciem).

    pciem spin src/${name}.ts --watch --vm -- bash    # try it: it follows your edits
    npm install
    npm test                                          # in process: needs neither root nor a kernel module
    npm run build
    pciem run . --vm -- sh -c 'lspci -vv -s $PCIEM_ADDRESS'
    npm pack                                          # ${packageName}-0.1.0.tgz, for pciem plugins install

| BAR 0 | register | meaning                                            |
| ----- | -------- | -------------------------------------------------- |
| 0x00  | ID       | version                                            |
| 0x04  | COUNT    | milliseconds                                       |
| 0x08  | CTRL     | bit 0: start; 0 when it is over                    |
| 0x0c  | STATUS   | bit 0: it is over; write 1 to clear                |
`;
}
