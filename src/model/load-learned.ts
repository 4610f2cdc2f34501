import { readFile } from 'node:fs/promises';
import type { DeviceDefinition } from '@pciem/sdk';
import { UsageFailure } from '../errors.ts';
import { proxyDevice } from '../proxy/core/proxy-device.ts';
import type { Shape } from '../proxy/shape/shape.ts';
import { shapeDevice } from '../proxy/shape/shape-device.ts';
import { type LearnedModel, parseModel } from './format.ts';
import { LearnedSource } from './learned-source.ts';

/** Reads a model file. Throws a UsageFailure. */
export async function readModel(file: string): Promise<LearnedModel> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageFailure(`${file}: ${error.code === 'ENOENT' ? 'there is no such file' : error.message}`);
  });
  return parseModel(file, text);
}

/** What the device of a model looks like. */
export function shapeOfModel({ device }: LearnedModel): Shape {
  return device as unknown as Shape;
}

/** A learned model as a device. */
export function learnedDevice(model: LearnedModel): DeviceDefinition {
  return proxyDevice(
    shapeDevice(shapeOfModel(model)),
    { unmapped: 0 },
    { mode: 'log', hooks: () => [], models: (session) => [new LearnedSource(model, session)], explain: false },
  );
}

/** The device of a model file. */
export async function loadLearned(file: string): Promise<{ name: string; definition: DeviceDefinition }> {
  const model = await readModel(file);
  return { name: model.device.name, definition: learnedDevice(model) };
}
