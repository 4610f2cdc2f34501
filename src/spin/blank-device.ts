import { defineDevice, type HandlerContext } from '@pciem/sdk';
import { deviceFromMap, type MapAccess } from '@pciem/sdk/maps';
import { z } from 'zod';
import { AccessLog } from './access-log.ts';
import { decodeSpec } from './blank.ts';

/** The device of `pciem spin --id … --bar …`: keeps what is written, and tells of every access. */
export default defineDevice({
  name: 'spin',
  summary: 'Tells of every access',
  options: z.object({ spec: z.string() }),
  device({ spec }) {
    const { map, unmapped } = decodeSpec(spec);
    let context: HandlerContext | undefined;
    const log = new AccessLog((line) => context?.log(line));
    const onAccess = (access: MapAccess, ctx: HandlerContext) => {
      context = ctx;
      log.add(access);
    };
    return deviceFromMap(map, { unmapped, onAccess }).build({} as never);
  },
});
