import { suggestion } from '../plain/suggest.ts'
import { type FormatName, formatNames } from '../report/format.ts'
import { UsageError } from './exit-code.ts'
import type { Option } from './option.ts'

/** One way to tell a report: to a file, or to stdout. */
export interface Output {
  readonly format: FormatName
  readonly file?: string
}

function outputOf(given: string): Output {
  const at = given.indexOf('=')
  const name = at === -1 ? given : given.slice(0, at)
  const format = formatNames.find((one) => one === name)
  if (format === undefined) {
    throw new UsageError(`there is no "${name}"${suggestion(name, formatNames)}; known are ${formatNames.join(', ')}`)
  }
  const file = at === -1 ? '-' : given.slice(at + 1)
  if (file === '') throw new UsageError(`${given} names no file: ${given}FILE, or ${name} for stdout`)
  return file === '-' ? { format } : { format, file }
}

function read(given: readonly string[]): readonly Output[] {
  if (given.length === 0) return [{ format: 'text' }]
  const outputs = given.map(outputOf)
  const files = outputs.map(({ file }) => file)
  const twice = files.find((file, index) => files.indexOf(file) !== index)
  if (twice !== undefined) throw new UsageError(`${twice} cannot hold two outputs`)
  if (files.filter((file) => file === undefined).length > 1)
    throw new UsageError('only one output can go to stdout; the others need a file: -o FORMAT=FILE')
  return outputs
}

/** `-o FORMAT[=FILE]`, as often as wanted. */
export const output: Option<readonly Output[]> = {
  about: `how to print it (repeatable): ${formatNames.join(', ')}; =FILE writes a file (default: text)`,
  short: 'o',
  takes: 'FORMAT[=FILE]',
  choices: formatNames,
  read,
}
