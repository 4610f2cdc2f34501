export * from './device-map.ts';
