import { suggestion } from '../plain/suggest.ts'
import { readCommandLine } from './command-line.ts'
import { commands } from './commands.ts'
import { complaintsOf, exitCode, isUsageError, UsageError } from './exit-code.ts'
import { complain, print } from './output.ts'

/** The commands of two words that begin with this one. */
function commandsWith(word: string): string[] {
  return Object.keys(commands).filter((known) => known.startsWith(`${word} `))
}

/** The first words that name a command, and what comes after them. */
function commandIn(args: readonly string[]): { readonly name: string; readonly rest: readonly string[] } {
  const [first = '', second = ''] = args
  if (Object.hasOwn(commands, first)) return { name: first, rest: args.slice(1) }
  const name = `${first} ${second}`
  if (Object.hasOwn(commands, name)) return { name, rest: args.slice(2) }
  const parts = commandsWith(first)
  if (parts.length > 0) throw new UsageError(`${first} what? there is ${parts.join(' and ')}`)
  if (first.startsWith('-')) throw new UsageError(`${first} stands before the command: evenkeel COMMAND ${first}`)
  throw new UsageError(`there is no command "${first}"${suggestion(first, Object.keys(commands))}`)
}

async function runCommand(args: readonly string[]): Promise<number> {
  const [first = '', second = ''] = args
  if ((second === '-h' || second === '--help') && commandsWith(first).length > 0) {
    const { helpForWord } = await import('./help.ts')
    print([helpForWord(first)])
    return exitCode.clean
  }
  const { name, rest } = commandIn(args)
  const { definition } = (await commands[name]?.load()) ?? {}
  if (definition === undefined) throw new Error(`no command ${name}`)
  const { operands, options, wantsHelp } = readCommandLine(definition, rest)
  if (!wantsHelp) return definition.run(operands, options, commands)
  const { helpFor } = await import('./help.ts')
  print([helpFor(name, definition)])
  return exitCode.clean
}

async function sayHelp(args: readonly string[]): Promise<number> {
  if (args.length > 0) return runCommand([...args, '--help'])
  const { overview } = await import('./help.ts')
  print([overview()])
  return exitCode.clean
}

async function main(args: readonly string[]): Promise<number> {
  switch (args[0]) {
    case undefined:
      throw new UsageError(`which command? there are ${Object.keys(commands).join(', ')}; evenkeel --help tells more`)
    case 'help':
      return sayHelp(args.slice(1))
    case '-h':
    case '--help':
      return sayHelp([])
    case '-V':
    case '--version': {
      const { version } = await import('./version.ts')
      print([`${version}\n`])
      return exitCode.clean
    }
    default:
      return runCommand(args)
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

function fail(error: unknown): number {
  const lines = isUsageError(error) ? complaintsOf(error) : stackOf(error).split('\n')
  complain(...lines)
  return exitCode.unusable
}

// All is written by now; waiting for Node to take its heap apart would be a part of every check.
void main(process.argv.slice(2))
  .catch(fail)
  .then((code) => process.exit(code))
