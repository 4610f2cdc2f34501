// The NVMe device, which also counts the doorbell writes that reach it and tells the number when it is unplugged.
import nvme from '@pciem/plugin-nvme';
import { type AnyDeviceSpec, type DeviceContext, defineDevice } from '@pciem/sdk';

type DoorbellHandler = (offset: number, value: number, ctx: DeviceContext) => void;
interface NvmeHandlers {
  write: { doorbells: DoorbellHandler };
  stop?: () => void;
}

export default defineDevice({
  name: 'counting-nvme',
  // biome-ignore lint/style/noNonNullAssertion: the NVMe device has options
  options: nvme.options!,
  device: (options) => countDoorbells(nvme.build(options as never)),
});

function countDoorbells(spec: AnyDeviceSpec): AnyDeviceSpec {
  const setup = spec.setup as (ctx: DeviceContext) => NvmeHandlers;
  return {
    ...spec,
    setup: (ctx: DeviceContext) => {
      const handlers = setup(ctx);
      const { doorbells } = handlers.write;
      let count = 0;
      handlers.write.doorbells = (offset, value, doorbellContext) => {
        count += 1;
        doorbells(offset, value, doorbellContext);
      };
      return {
        ...handlers,
        stop: () => {
          ctx.log(`doorbell writes: ${count}`);
          handlers.stop?.();
        },
      };
    },
  };
}
