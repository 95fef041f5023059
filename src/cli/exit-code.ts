/** What `evenkeel` answers to its caller, whatever the output format (docs/errors.md). */
export const exitCode = {
  /** Judged; nothing at or above `--fail-on`. */
  clean: 0,
  /** Judged; at least one finding at or above it. */
  findings: 1,
  /** Could not start: wrong usage, invalid policy, nothing to check. */
  unusable: 2,
  /** Some input could not be read; the rest was judged and printed. */
  partial: 3,
} as const

/** Ends the command with `unusable`; every line is a complaint for stderr. */
export class UsageError extends Error {
  readonly code = 'EVENKEEL_USAGE'
  readonly lines: readonly string[]

  constructor(...lines: readonly string[]) {
    super(lines.join('\n'))
    this.lines = lines
  }
}

/** By its code, since each part of the package has a class of its own. */
export function isUsageError(error: unknown): error is UsageError {
  return error instanceof Error && 'code' in error && error.code === 'EVENKEEL_USAGE'
}
