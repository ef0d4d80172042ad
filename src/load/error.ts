/** A configuration, or a plug-in it names, is not as it must be. `message` has one line per fault, made for a person. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'

  constructor(
    /** Each `FILE:LINE:COLUMN: sentence`. */
    readonly faults: readonly string[],
    options?: ErrorOptions,
  ) {
    super(faults.join('\n'), options)
  }
}
