/** What was learned of a device. */
export interface LearnedModel {
  readonly version: 1;
}
