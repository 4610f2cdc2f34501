import edu from '@pciem/plugin-edu';
import { type BarSpec, defineDevice } from '@pciem/sdk';

/** A later version of edu: another number in its ID register, and nothing else. */
export default defineDevice({
  name: 'edu',
  options: edu.options as NonNullable<typeof edu.options>,
  device: (options) => {
    const spec = edu.build(options as never);
    const [{ registers, ...bar0 }, ...others] = spec.bars as [BarSpec, ...BarSpec[]];
    const { ID, ...unchanged } = registers;
    if (!ID) throw new Error('edu has no ID');
    return { ...spec, bars: [{ ...bar0, registers: { ...unchanged, ID: { ...ID, reset: 0x0200_00ed } } }, ...others] };
  },
});
