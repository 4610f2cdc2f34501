// SPDX-License-Identifier: MIT
// Asks the C compiler for every constant, size and offset in a uapi header. The header's text only yields the names;
// all numbers come from a program that includes it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';

/** The names that a header declares, in the order of its text. */
export function parseHeader(text) {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll('\\\n', ' ');
  const constants = [];
  const linear = [];
  const structs = {};
  const token = /^#define[ \t]+(\w+)(?:\((\w+), (\w+)\))?[ \t]+\S|^enum \w+ \{([^}]*)\}|^struct (\w+) \{([^}]*)\}/gm;
  for (const [, macro, first, second, enumerators, struct, fields] of code.matchAll(token)) {
    if (first) linear.push({ name: macro, first, second });
    else if (macro) constants.push(macro);
    else if (enumerators) constants.push(...Array.from(enumerators.matchAll(/(\w+)\s*=[^,]*/g), (match) => match[1]));
    else structs[struct] = parseFields(struct, fields);
  }
  return { constants, linear, structs };
}

function parseFields(struct, text) {
  return text
    .split(';')
    .map((field) => field.trim().replaceAll(/\s+/g, ' '))
    .filter(Boolean)
    .map((field) => {
      const match = /^(__[us](?:8|16|32|64)|char|struct \w+) (\w+)(\[\w+\])?$/.exec(field);
      if (!match) throw new Error(`struct ${struct}: cannot read the field "${field}": use fixed-size types`);
      return { type: match[1], name: match[2], isArray: match[3] !== undefined };
    });
}

/** A C program that prints the layout as JSON text. */
export function measuringProgram(header, { constants, linear, structs }) {
  const print = (format, ...values) =>
    `\tprintf("${format.replaceAll('"', '\\"')}"${values.map((v) => `, ${v}`).join('')});`;
  const comma = (index) => (index === 0 ? '' : ',');
  const lines = ['#include <stddef.h>', '#include <stdio.h>', `#include "${header}"`, 'int main(void)', '{'];
  lines.push(print('{"constants":{'));
  constants.forEach((name, i) => {
    lines.push(print(`${comma(i)}"${name}":%lld`, `(long long)(${name})`));
  });
  lines.push(print('},"linear":{'));
  linear.forEach(({ name, first, second }, i) => {
    const at = (x, y) => `(long long)${name}(${x}, ${y})`;
    const terms = [at(0, 0), `${at(1, 0)} - ${at(0, 0)}`, `${at(0, 1)} - ${at(0, 0)}`, at(3, 5)];
    lines.push(print(`${comma(i)}"${name}":{"base":%lld,"${first}":%lld,"${second}":%lld,"probe":%lld}`, ...terms));
  });
  lines.push(print('},"structs":{'));
  Object.entries(structs).forEach(([struct, fields], i) => {
    lines.push(print(`${comma(i)}"${struct}":{"size":%zu,"fields":{`, `sizeof(struct ${struct})`));
    fields.forEach(({ type, name, isArray }, j) => {
      const member = `((struct ${struct} *)0)->${name}`;
      lines.push(
        print(
          `${comma(j)}"${name}":{"offset":%zu,"size":%zu`,
          `offsetof(struct ${struct}, ${name})`,
          `sizeof(${member})`,
        ),
      );
      if (isArray) {
        const count = `sizeof(${member}) / sizeof(${member}[0])`;
        lines.push(print(',"count":%zu,"stride":%zu', count, `sizeof(${member}[0])`));
      }
      lines.push(print(`,"type":"${type}"}`));
    });
    lines.push(print('}}'));
  });
  lines.push(print('}}'), '\treturn 0;', '}', '');
  return lines.join('\n');
}

function run(command, args) {
  const { status, error, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (error) throw new Error(`cannot run ${command}: ${error.message}`);
  if (status !== 0) throw new Error(`${command} failed:\n${stderr}`);
  return stdout;
}

/** What a layout must satisfy to be usable: exact in a JavaScript number, no hole left to the compiler. */
function verify(layout) {
  for (const [name, value] of Object.entries(layout.constants)) {
    if (!Number.isSafeInteger(value)) throw new Error(`constant ${name}: ${value} is not exact in a JavaScript number`);
  }
  for (const [name, { base, probe, ...terms }] of Object.entries(layout.linear)) {
    const [first, second] = Object.values(terms);
    if (base + 3 * first + 5 * second !== probe) throw new Error(`macro ${name} is not base + a * x + b * y`);
    delete layout.linear[name].probe;
  }
  for (const [name, { size, fields }] of Object.entries(layout.structs)) {
    let end = 0;
    for (const [field, { offset, size: bytes }] of Object.entries(fields)) {
      if (offset !== end) throw new Error(`struct ${name}: hole before field ${field}: add a reserved field`);
      end = offset + bytes;
    }
    if (end !== size) throw new Error(`struct ${name}: hole at the end: add a reserved field`);
  }
  return layout;
}

/** The layout of a header: `{ constants, linear, structs }`. The compiler is $CC, or cc. */
export function measureHeader(header) {
  const names = parseHeader(readFileSync(header, 'utf8'));
  const directory = mkdtempSync(join(tmpdir(), 'pciem-uapi-'));
  try {
    const source = join(directory, `${basename(header)}.c`);
    const program = join(directory, 'measure');
    writeFileSync(source, measuringProgram(resolve(header), names));
    run(process.env.CC || 'cc', ['-Wall', '-Werror', '-o', program, source]);
    return verify(JSON.parse(run(program, [])));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
