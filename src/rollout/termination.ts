import type { LifecycleHandler } from '../model/workload.ts'

/** The API's default of `terminationGracePeriodSeconds`. */
export const defaultGraceSeconds = 30

const perUnit: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

function sleepSeconds(argument: string): number | undefined {
  const match = /^([0-9]+(?:\.[0-9]+)?)([smhd]?)$/.exec(argument)
  return match ? Number(match[1]) * (perUnit[match[2] ?? ''] ?? 1) : undefined
}

/** `sleep N` wherever it stands as a command of its own in a shell script; undefined when a length is no plain number. */
function scriptSeconds(script: string): number | undefined {
  let seconds = 0
  for (const match of script.matchAll(/(?:^|[\s;&|(])(?:\/\S*\/)?sleep\s+("?)([^\s;&|)"]+)\1/g)) {
    const length = sleepSeconds(match[2] ?? '')
    if (length === undefined) return undefined
    seconds += length
  }
  return seconds === 0 ? undefined : seconds
}

function isShell(program: string): boolean {
  return /(^|\/)(sh|bash|ash|dash|zsh|busybox)$/.test(program)
}

/** Whether the hook runs a program of the image, which a distroless image may not have. */
export function needsSleepProgram(hook: LifecycleHandler): boolean {
  const [program = ''] = hook.exec?.command ?? []
  return isShell(program) || /(^|\/)sleep$/.test(program)
}

/**
 * How long a preStop hook delays SIGTERM, in seconds: native `sleep`, `exec` of `sleep N` in its spellings (a lower bound where a
 * script does more). Undefined when the hook is an HTTP request or a program whose length cannot be read.
 */
export function hookSeconds(hook: LifecycleHandler): number | undefined {
  if (hook.sleep) return hook.sleep.seconds
  const command = hook.exec?.command ?? []
  const [program = '', ...rest] = command
  if (/(^|\/)sleep$/.test(program)) return sleepSeconds(rest[0] ?? '')
  if (!isShell(program)) return undefined
  return scriptSeconds(rest.filter((argument) => !argument.startsWith('-')).join(' '))
}
