import { UsageFailure } from '../../errors.ts';
import type { Shape } from '../shape/shape.ts';

export async function cloneShape(source: string): Promise<Shape> {
  throw new UsageFailure(`--clone ${source}: not yet`);
}
