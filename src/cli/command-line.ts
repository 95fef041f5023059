import { suggestion } from '../plain/suggest.ts'
import type { Command } from './command.ts'
import { isUsageError, UsageError } from './exit-code.ts'
import { flag, nameOf, type Option, type Options } from './option.ts'

/** A command line taken apart. */
export interface CommandLine {
  readonly operands: readonly string[]
  /** What each option has read, by its name in code; what is undefined is left out. */
  readonly options: Readonly<Record<string, unknown>>
  readonly wantsHelp: boolean
}

/** The values given for each option, by its name in code, in order; `''` for a switch. */
type Given = Map<string, string[]>

const help = { ...flag('this text'), short: 'h' }

/**
 * Takes apart what stands after the name of a command, as POSIX and GNU have it: `--name value`, `--name=value`, `-o value`, `-ovalue`,
 * options and operands in any order, `--` before operands that begin with a dash. Throws a UsageError for what the command does not
 * know. By hand, since `util.parseArgs` takes a tenth of the time of a whole check to load.
 */
export function readCommandLine(command: Command, args: readonly string[]): CommandLine {
  const options: Options = { ...command.options, help }
  const operands: string[] = []
  const given: Given = new Map()
  const rest = [...args]
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === '--') operands.push(...rest.splice(0))
    else if (arg === '-' || !arg.startsWith('-')) operands.push(arg)
    else takeOption(arg, rest, options, given)
  }
  if (command.operands === undefined && operands.length > 0)
    throw new UsageError(`what is "${operands[0]}"? it takes only options`)
  return { operands, options: valuesOf(command.options, given), wantsHelp: given.has('help') }
}

/** Takes an option and, if it has one, its value from what comes after it. */
function takeOption(arg: string, rest: string[], options: Options, given: Given): void {
  const { name, inline } = partsOf(arg)
  const [key, option] = optionCalled(name, options)
  const before = given.get(key) ?? []
  if (option.takes === undefined) {
    if (inline !== undefined) throw new UsageError(`${name} takes no value; found "${inline}"`)
    given.set(key, [...before, ''])
  } else given.set(key, [...before, inline ?? nextValue(nameOf(key), option.takes, rest)])
}

function partsOf(arg: string): { readonly name: string; readonly inline: string | undefined } {
  const isLong = arg.startsWith('--')
  const end = isLong ? arg.indexOf('=') : 2
  if (end === -1 || end >= arg.length) return { name: arg, inline: undefined }
  return { name: arg.slice(0, end), inline: arg.slice(isLong ? end + 1 : end) }
}

function optionCalled(name: string, options: Options): [key: string, Option] {
  const all = Object.entries(options)
  const found = all.find(([key, { short }]) => name === `--${nameOf(key)}` || name === `-${short}`)
  if (found !== undefined) return found
  const names = all.map(([key]) => `--${nameOf(key)}`)
  throw new UsageError(`there is no option ${name}${suggestion(name, names)}; --help lists them`)
}

function nextValue(name: string, takes: string, rest: string[]): string {
  const value = rest.shift()
  if (value === undefined) throw new UsageError(`--${name} needs a value: --${name} ${takes}`)
  if (value === '-' || !value.startsWith('-')) return value
  throw new UsageError(`--${name} needs a value: ${takes}; if that is ${value}, write --${name}=${value}`)
}

function valuesOf(options: Options, given: Given): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const [key, option] of Object.entries(options)) {
    const value = reading(nameOf(key), () => option.read(given.get(key) ?? []))
    if (value !== undefined) values[key] = value
  }
  return values
}

/** A value that does not fit is a complaint about its option. */
function reading(name: string, read: () => unknown): unknown {
  try {
    return read()
  } catch (error) {
    if (isUsageError(error)) throw new UsageError(error.lines.map((line) => `--${name}: ${line}`))
    throw error
  }
}
