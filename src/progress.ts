/** Told what a service is doing, one short line at a time. */
export type Progress = (line: string) => void;
