import type { LifecycleHandler } from '../model/workload.ts'

const perUnit: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }
const shells: ReadonlySet<string> = new Set(['sh', 'bash', 'ash', 'dash', 'zsh', 'ksh'])
/** Programs and words of the shell that only run the one named after them. */
const wrappers: ReadonlySet<string> = new Set(['busybox', 'env', 'exec', 'if', 'then', 'do', 'else', 'time'])
const loops: ReadonlySet<string> = new Set(['while', 'until', 'for'])
/** What ends the server, or the script. */
const enders: ReadonlySet<string> = new Set(['kill', 'pkill', 'killall', 'exit'])
/** As in `nginx -s quit` and `service nginx stop`. */
const stopWord = /^(?:quit|stop|graceful-stop|shutdown)$/
/** Nobody's preStop script is longer; one that is, is not worth its reading. */
const longestScript = 4096

function nameOf(program = ''): string {
  return program.slice(program.lastIndexOf('/') + 1)
}

function withoutWrappers(words: readonly string[]): readonly string[] {
  const start = words.findIndex((word) => !wrappers.has(nameOf(word)))
  return start < 0 ? [] : words.slice(start)
}

/** A command of a script, and what stands between it and its neighbours, such as `&&`; empty at both ends. */
interface Command {
  readonly words: readonly string[]
  readonly before: string
  readonly after: string
}

/** A quoted word stays one word; more than a word in quotes is no command. */
function unquoted(script: string): string {
  return script.replaceAll(/(["'])([^"']*)\1/g, (_, __, text: string) => (/^[\w./-]*$/.test(text) ? text : '_'))
}

function commandsOfScript(script: string): Command[] {
  if (script.length > longestScript) return []
  const parts = unquoted(script).split(/(&&|\|\||(?<!>)&(?!>)|[;|\n(){}])/)
  return parts.flatMap((part, i) => {
    const words = part.split(/\s+/).filter((word) => word !== '')
    return i % 2 > 0 ? [] : [{ words, before: parts[i - 1] ?? '', after: parts[i + 1] ?? '' }]
  })
}

/** The script that a shell is given by `-c`, also in `-ec` and before further options. */
function scriptOf(args: readonly string[]): string | undefined {
  const option = args.findIndex((argument) => /^-[a-z]*c[a-z]*$/.test(argument))
  return option < 0 ? undefined : args.slice(option + 1).find((argument) => !/^[-+]/.test(argument))
}

/** What the hook runs, one after another; nothing of a script that cannot be seen. */
function commandsOf(hook: LifecycleHandler): readonly Command[] {
  const words = hook.exec?.command ?? []
  const [program, ...args] = withoutWrappers(words)
  return shells.has(nameOf(program)) ? commandsOfScript(scriptOf(args) ?? '') : [{ words, before: '', after: '' }]
}

function isLoop({ words }: Command): boolean {
  return loops.has(nameOf(withoutWrappers(words)[0]))
}

/** Whether what is slept from there on comes too late or cannot be counted: brackets after `||` are only run in a failure. */
function endsDelay(command: Command): boolean {
  const { words, before } = command
  const [program, ...args] = withoutWrappers(words)
  if (nameOf(program) === 'sleep') return false
  if (isLoop(command) || words[0] === 'exec' || enders.has(nameOf(program))) return true
  return words.length === 0 ? before === '||' : args.some((word) => stopWord.test(word))
}

/** `sleep` adds its arguments up (coreutils, busybox); undefined when one is no plain number, such as `infinity` or `$DELAY`. */
function sleepSeconds(args: readonly string[]): number | undefined {
  const redirection = args.findIndex((word) => /[<>]/.test(word))
  const lengths = redirection < 0 ? args : args.slice(0, redirection)
  let seconds = 0
  for (const length of lengths) {
    const match = /^([0-9]+(?:\.[0-9]+)?)([smhd]?)$/.exec(length)
    if (!match) return undefined
    seconds += Number(match[1]) * (perUnit[match[2] ?? ''] ?? 1)
  }
  return lengths.length === 0 ? undefined : seconds
}

/** The `sleep`s among the commands that are waited for; undefined when there is none, or the length of one cannot be read. */
function sleptIn(commands: readonly Command[]): number | undefined {
  let seconds: number | undefined
  for (const { words, after } of commands) {
    const [program, ...args] = withoutWrappers(words)
    if (nameOf(program) !== 'sleep' || after === '&') continue
    const length = sleepSeconds(args)
    if (length === undefined) return undefined
    seconds = (seconds ?? 0) + length
  }
  return seconds
}

/**
 * How long a preStop hook takes, in seconds: native `sleep`, `exec` of `sleep N` in its spellings (a lower bound where a script does
 * more). Undefined when the hook is an HTTP request or a program whose length cannot be read, or of two handlers one has to go.
 */
export function hookSeconds(hook: LifecycleHandler): number | undefined {
  if (isDoubled(hook)) return undefined
  if (hook.sleep) return hook.sleep.seconds ?? 0
  const commands = commandsOf(hook)
  return commands.some(isLoop) ? undefined : sleptIn(commands)
}

/** How long a preStop hook keeps the server from its stop, by SIGTERM or by the hook itself, in seconds; undefined if that cannot be read. */
export function delaySeconds(hook: LifecycleHandler): number | undefined {
  if (hook.sleep) return hook.sleep.seconds ?? 0
  const commands = commandsOf(hook)
  const end = commands.findIndex(endsDelay)
  return sleptIn(commands.slice(0, end < 0 ? commands.length : end).filter(({ before }) => before !== '||'))
}

/** Whether the hook runs a program of the image, which a distroless image may not have. */
export function needsSleepProgram(hook: LifecycleHandler): boolean {
  const [program] = withoutWrappers(hook.exec?.command ?? [])
  return shells.has(nameOf(program)) || nameOf(program) === 'sleep'
}

/** The API server takes one handler; a sleep that was filled in stays beside another that is applied later. */
export function isDoubled({ sleep, exec, httpGet, tcpSocket }: LifecycleHandler): boolean {
  return Boolean(sleep && (exec ?? httpGet ?? tcpSocket))
}

/** Whether a whole command line stands where the name of a program should: no shell takes it apart, so there is no such program. */
export function isUnsplit(hook: LifecycleHandler): boolean {
  const [line = ''] = hook.exec?.command ?? []
  const [program, ...args] = line.trim().split(/\s+/)
  const name = nameOf(program)
  return args.length > 0 && (name === 'sleep' || shells.has(name) || wrappers.has(name))
}
