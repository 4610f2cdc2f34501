import { messageOf } from '../../errors.ts';
import type { ModelAccess, ModelSession } from '../core/source.ts';
import { milliseconds } from './duration.ts';
import { placeOf, withFields } from './places.ts';
import type { AddressSpec, RuleSpec } from './schema.ts';

/** Bytes of memory that a line of the log shows. */
const SHOWN_BYTES = 64;

/** Does what a rule does besides answering. */
export function carryOut(rule: RuleSpec, access: ModelAccess, session: ModelSession, by: string): void {
  if (rule.mark !== undefined) session.log(rule.mark);
  if (rule.dma_read) dmaRead(rule.dma_read, session, by);
  if (rule.dma_write) dmaWrite(rule.dma_write, session, by);
  for (const change of rule.store ?? []) store(change, access, session, by);
  if (rule.interrupt !== undefined) interrupt(rule.interrupt, session);
  if (rule.stop) session.stop(by);
}

function store(
  change: NonNullable<RuleSpec['store']>[number],
  access: ModelAccess,
  session: ModelSession,
  by: string,
): void {
  const place = placeOf(change, session.names, by);
  const bytes = place.bytes || access.size;
  const apply = () => {
    const value = change.value ?? session.peek(place.bar, place.offset, bytes);
    session.poke(place.bar, place.offset, bytes, withFields(value, change.fields ?? {}, place, by));
  };
  if (change.time === undefined) apply();
  else session.after(milliseconds(change.time), apply);
}

function interrupt(spec: NonNullable<RuleSpec['interrupt']>, session: ModelSession): void {
  if (typeof spec === 'object') session.after(milliseconds(spec.time), () => interrupt(spec.vector, session));
  else if (spec === 'assert') session.irq.assert();
  else if (spec === 'deassert') session.irq.deassert();
  else session.interrupt(spec);
}

function dmaRead({ address, length }: NonNullable<RuleSpec['dma_read']>, session: ModelSession, by: string): void {
  const from = addressOf(address, session, by);
  try {
    const bytes = Buffer.from(session.dma.read(from, length));
    const shown = bytes
      .subarray(0, SHOWN_BYTES)
      .toString('hex')
      .replace(/(..)(?=.)/g, '$1 ');
    session.log(`${by}: ${length} bytes at 0x${from.toString(16)}: ${shown}${length > SHOWN_BYTES ? ' …' : ''}`);
  } catch (error) {
    session.log.warn(`${by}: ${messageOf(error)}`);
  }
}

function dmaWrite(spec: NonNullable<RuleSpec['dma_write']>, session: ModelSession, by: string): void {
  const { address, bytes, text } = spec;
  const data = text === undefined ? Buffer.from((bytes ?? '').replaceAll(/\s/g, ''), 'hex') : Buffer.from(text);
  try {
    session.dma.write(addressOf(address, session, by), data);
  } catch (error) {
    session.log.warn(`${by}: ${messageOf(error)}`);
  }
}

function addressOf(spec: AddressSpec, session: ModelSession, by: string): number {
  if (typeof spec === 'number') return spec;
  const place = placeOf(spec, session.names, by);
  const high = spec.high === undefined ? undefined : placeOf({ register: spec.high }, session.names, by);
  const low = session.written(place.bar, place.offset);
  const upper = high
    ? session.written(high.bar, high.offset)
    : place.bytes === 8
      ? session.written(place.bar, place.offset + 4)
      : 0;
  return upper * 2 ** 32 + low + (spec.plus ?? 0);
}
