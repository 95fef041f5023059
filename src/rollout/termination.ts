import { appContainers, nativeSidecars } from '../kube/containers.ts'
import type { Container, LifecycleHandler, PodTemplate } from '../model/workload.ts'

/** Seconds from the order to stop to the kill, by the API's default 30; preStop hooks count from its beginning. */
export function graceSeconds({ spec }: PodTemplate): number {
  return spec?.terminationGracePeriodSeconds ?? 30
}

const perUnit: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }
const shells: ReadonlySet<string> = new Set(['sh', 'bash', 'ash', 'dash', 'zsh', 'ksh'])
/** Programs that only run the one named after them. */
const wrappers: ReadonlySet<string> = new Set(['busybox', 'env', 'exec', 'then', 'do', 'else', 'time'])
const loops: ReadonlySet<string> = new Set(['while', 'until', 'for'])
/** Nobody's preStop script is longer; one that is, is not worth its reading. */
const longestScript = 4096

function nameOf(program = ''): string {
  return program.slice(program.lastIndexOf('/') + 1)
}

function withoutWrappers(words: readonly string[]): readonly string[] {
  const start = words.findIndex((word) => !wrappers.has(nameOf(word)))
  return start < 0 ? [] : words.slice(start)
}

/** `sleep` adds its arguments up (coreutils, busybox); undefined when one is no plain number, such as `infinity` or `$DELAY`. */
function sleepSeconds(lengths: readonly string[]): number | undefined {
  let seconds = 0
  for (const length of lengths) {
    const match = /^([0-9]+(?:\.[0-9]+)?)([smhd]?)$/.exec(length)
    if (!match) return undefined
    seconds += Number(match[1]) * (perUnit[match[2] ?? ''] ?? 1)
  }
  return lengths.length === 0 ? undefined : seconds
}

/** A quoted word stays one word; more than a word in quotes is no command. */
function unquoted(script: string): string {
  return script.replaceAll(/(["'])([^"']*)\1/g, (_, __, text: string) => (/^[\w./-]*$/.test(text) ? text : '_'))
}

/** The `sleep`s that a script waits for; undefined when it has none, or the number of times or length of one cannot be read. */
function scriptSeconds(script: string): number | undefined {
  if (script.length > longestScript) return undefined
  let seconds: number | undefined
  const parts = unquoted(script).split(/(&&|\|\||(?<!>)&(?!>)|[;|\n(){}])/)
  for (let i = 0; i < parts.length; i += 2) {
    const [program, ...args] = withoutWrappers((parts[i] ?? '').trim().split(/\s+/))
    if (loops.has(nameOf(program))) return undefined
    const isWaitedFor = parts[i + 1] !== '&'
    if (nameOf(program) !== 'sleep' || !isWaitedFor) continue
    const redirection = args.findIndex((word) => /[<>]/.test(word))
    const length = sleepSeconds(redirection < 0 ? args : args.slice(0, redirection))
    if (length === undefined) return undefined
    seconds = (seconds ?? 0) + length
  }
  return seconds
}

/** The script that a shell is given by `-c`, also in `-ec` and before further options. */
function scriptOf(args: readonly string[]): string | undefined {
  const option = args.findIndex((argument) => /^-[a-z]*c[a-z]*$/.test(argument))
  return option < 0 ? undefined : args.slice(option + 1).find((argument) => !/^[-+]/.test(argument))
}

/** Whether the hook runs a program of the image, which a distroless image may not have. */
export function needsSleepProgram(hook: LifecycleHandler): boolean {
  const [program] = withoutWrappers(hook.exec?.command ?? [])
  return shells.has(nameOf(program)) || nameOf(program) === 'sleep'
}

/**
 * How long a preStop hook delays SIGTERM, in seconds: native `sleep`, `exec` of `sleep N` in its spellings (a lower bound where a
 * script does more). Undefined when the hook is an HTTP request or a program whose length cannot be read.
 */
export function hookSeconds(hook: LifecycleHandler): number | undefined {
  if (hook.sleep) return hook.sleep.seconds ?? 0
  const [program, ...args] = withoutWrappers(hook.exec?.command ?? [])
  if (nameOf(program) === 'sleep') return sleepSeconds(args)
  const script = shells.has(nameOf(program)) ? scriptOf(args) : undefined
  return script === undefined ? undefined : scriptSeconds(script)
}

/** What the hooks of a pod take in seconds; `isWhole` is false if the length of one cannot be read. */
export interface HookTime {
  readonly seconds: number
  readonly isWhole: boolean
}

/**
 * The preStop hooks of a pod: those of all containers, native sidecars too, begin at once and run side by side, so the longest
 * counts. A sidecar is told to stop after the app, but has no grace period of its own (kuberuntime, killContainer).
 */
export function longestHook(template: PodTemplate): HookTime {
  const containers = [...appContainers(template, ''), ...nativeSidecars(template, '')]
  const lengths = containers.flatMap(({ container }) => {
    const hook = container.lifecycle?.preStop
    return hook ? [hookSeconds(hook)] : []
  })
  return {
    seconds: Math.max(0, ...lengths.map((seconds) => seconds ?? 0)),
    isWhole: lengths.every((seconds) => seconds !== undefined),
  }
}

/** A probe whose own grace period ends before the preStop hook does. */
export interface CutHook {
  readonly probe: 'livenessProbe' | 'startupProbe'
  readonly graceSeconds: number
  readonly hookSeconds: number
}

/** A probe's grace period takes the place of the pod's when the probe restarts its container (kuberuntime, setTerminationGracePeriod). */
export function cutHooks(container: Container): CutHook[] {
  const hook = container.lifecycle?.preStop
  const seconds = hook ? (hookSeconds(hook) ?? 0) : 0
  return (['livenessProbe', 'startupProbe'] as const).flatMap((probe) => {
    const grace = container[probe]?.terminationGracePeriodSeconds ?? seconds
    return grace < seconds ? [{ probe, graceSeconds: grace, hookSeconds: seconds }] : []
  })
}
