import { type ParseArgsOptionDescriptor, parseArgs } from 'node:util'
import { suggestion } from '../kube/suggest.ts'
import type { Command } from './command.ts'
import { isUsageError, UsageError } from './exit-code.ts'
import { nameOf, type Options } from './option.ts'

/** A command line taken apart. */
export interface CommandLine {
  readonly operands: readonly string[]
  /** What each option has read, by its name in code; what is undefined is left out. */
  readonly options: Readonly<Record<string, unknown>>
  readonly wantsHelp: boolean
}

interface GivenOption {
  readonly name: string
  /** As it was written: `-o` or `--output`. */
  readonly rawName: string
  readonly value?: string | undefined
  readonly inlineValue?: boolean | undefined
}

/** Takes apart what stands after the name of a command. Throws a UsageError for what the command does not know. */
export function readCommandLine({ options, operands: takes }: Command, args: readonly string[]): CommandLine {
  const known = new Map(Object.entries(options).map(([key, option]) => [nameOf(key), option]))
  const { tokens } = parseArgs({
    args: [...args],
    options: descriptorsOf(options),
    strict: false,
    tokens: true,
    allowPositionals: true,
  })
  const operands = tokens.filter((token) => token.kind === 'positional').map(({ value }) => value)
  const given = tokens.filter((token) => token.kind === 'option')
  for (const option of given) {
    if (option.name !== 'help' && !known.has(option.name)) refuseUnknown(option, known.keys())
    refuseMisuse(option, known.get(option.name)?.takes)
  }
  if (takes === undefined && operands.length > 0)
    throw new UsageError(`what is "${operands[0]}"? it takes only options`)
  return { operands, options: valuesOf(options, given), wantsHelp: given.some(({ name }) => name === 'help') }
}

function descriptorsOf(options: Options): Record<string, ParseArgsOptionDescriptor> {
  const described = Object.entries(options).map(([key, { short, takes }]) => {
    const type = takes === undefined ? 'boolean' : 'string'
    return [nameOf(key), short === undefined ? { type } : { type, short }] as const
  })
  return { ...Object.fromEntries(described), help: { type: 'boolean', short: 'h' } }
}

function refuseUnknown({ rawName }: GivenOption, known: Iterable<string>): void {
  const names = [...known, 'help'].map((name) => `--${name}`)
  throw new UsageError(`there is no option ${rawName}${suggestion(rawName, names)}; --help lists them`)
}

function refuseMisuse({ name, rawName, value, inlineValue }: GivenOption, takes: string | undefined): void {
  if (takes === undefined) {
    if (value !== undefined) throw new UsageError(`${rawName} takes no value; found "${value}"`)
    return
  }
  if (value === undefined) throw new UsageError(`${rawName} needs a value: ${rawName} ${takes}`)
  if (inlineValue !== true && value.startsWith('-') && value !== '-')
    throw new UsageError(`${rawName} needs a value: ${takes}; if that is ${value}, write --${name}=${value}`)
}

function valuesOf(options: Options, given: readonly GivenOption[]): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const [key, option] of Object.entries(options)) {
    const name = nameOf(key)
    const value = reading(name, () =>
      option.read(given.filter((one) => one.name === name).map((one) => one.value ?? '')),
    )
    if (value !== undefined) values[key] = value
  }
  return values
}

/** A value that does not fit is a complaint about its option. */
function reading(name: string, read: () => unknown): unknown {
  try {
    return read()
  } catch (error) {
    if (isUsageError(error)) throw new UsageError(...error.lines.map((line) => `--${name}: ${line}`))
    throw error
  }
}
