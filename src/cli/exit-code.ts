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

/** Those of docs/errors.md. */
type ErrorCode = `EVENKEEL_${string}`

/** Ends the command with `unusable`; every line is a complaint for stderr, without its code. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly lines: readonly string[]
  readonly code: ErrorCode

  constructor(complaint: string | readonly string[], code: ErrorCode = 'EVENKEEL_USAGE') {
    const lines = typeof complaint === 'string' ? [complaint] : complaint
    super(lines.join('\n'))
    this.lines = lines
    this.code = code
  }
}

/** By its name, since each part of the package has a class of its own. */
export function isUsageError(error: unknown): error is UsageError {
  return error instanceof Error && error.name === 'UsageError'
}

/** What is told of it: its lines, each with the code. */
export function complaintsOf({ lines, code }: UsageError): string[] {
  return lines.map((line) => `${line} [${code}]`)
}
