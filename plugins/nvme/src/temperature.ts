/** Temperatures in kelvins, as the specification counts them (NVMe 1.4 §5.14.1.2). */

/** The composite temperature that an emulated device always has: 38 °C. */
export const COMPOSITE_TEMPERATURE = 311;
/** Identify Controller WCTEMP, and the default of the over temperature threshold: 70 °C. */
export const WARNING_TEMPERATURE = 343;
/** Identify Controller CCTEMP: 80 °C. */
export const CRITICAL_TEMPERATURE = 353;
