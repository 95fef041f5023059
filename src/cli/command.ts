import type { Options, Values } from './option.ts'

type Answer = number | Promise<number>

interface Definition<O extends Options> {
  /** What stands after the name, as help shows it: `[PATH… | -]`; a command without takes nothing there. */
  readonly operands?: string
  /** What completion offers there; without it, files. */
  readonly words?: () => Promise<readonly string[]>
  readonly options: O
  /** Command lines for help, each with what it does. */
  readonly examples: readonly (readonly [line: string, does: string])[]
  /** Answers with the exit code; a server does when it has ended. `all` is the table that the command stands in. */
  readonly run: (operands: readonly string[], options: Values<O>, all: Commands) => Answer
}

/** A command of the command line; one file each in `commands/`, which loads what it runs only when it is run. */
export interface Command extends Omit<Definition<Options>, 'run'> {
  /** The options are what theirs have read. */
  readonly run: (operands: readonly string[], options: Readonly<Record<string, unknown>>, all: Commands) => Answer
}

/** What help lists and what there is to load: a command's own file is loaded when it is asked for. */
export interface CommandEntry {
  readonly about: string
  readonly load: () => Promise<{ readonly definition: Command }>
}

/** By what is written after `evenkeel`. */
export type Commands = Readonly<Record<string, CommandEntry>>

/** Lets the compiler see that the options are those that the code behind them takes. */
export function command<const O extends Options>(definition: Definition<O>): Command {
  return { ...definition, run: (operands, options, all) => definition.run(operands, options as Values<O>, all) }
}
