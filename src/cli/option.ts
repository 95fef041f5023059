import { suggestion } from '../plain/suggest.ts'
import { UsageError } from './exit-code.ts'

/** One option of a command: what help and shell completion say of it, and how its value is read. */
export interface Option<Value = unknown> {
  readonly about: string
  /** Its letter, for `-o`. */
  readonly short?: string
  /** What its value is, as help names it: FILE, DIR, NAME, …; a switch has none. */
  readonly takes?: string
  /** All that its value may be. */
  readonly choices?: readonly string[]
  /** From what was given for it, in order; nothing if it was not there. Throws a complaint as text. */
  readonly read: (given: readonly string[]) => Value
}

/** The options of a command by their names in code: `asAdmitted` is `--as-admitted`. */
export type Options = Readonly<Record<string, Option>>

type Value<O> = O extends Option<infer V> ? V : never

/** What a command gets: a key that may be undefined is left out. */
export type Values<O extends Options> = {
  readonly [K in keyof O as undefined extends Value<O[K]> ? never : K]: Value<O[K]>
} & {
  readonly [K in keyof O as undefined extends Value<O[K]> ? K : never]?: Exclude<Value<O[K]>, undefined>
}

export function flag(about: string): Option<boolean | undefined> {
  return { about, read: (given) => (given.length > 0 ? true : undefined) }
}

export function text(takes: string, about: string): Option<string | undefined> {
  return { about, takes, read: (given) => given.at(-1) }
}

/** May be given more than once. */
export function list(takes: string, about: string): Option<readonly string[] | undefined> {
  return { about: `${about} (repeatable)`, takes, read: (given) => (given.length > 0 ? given : undefined) }
}

/** The first choice is meant where none is made. */
export function choice<const Choice extends string>(
  choices: readonly [Choice, ...Choice[]],
  about: string,
  short?: string,
): Option<Choice> {
  const read = (given: readonly string[]): Choice => {
    const value = given.at(-1) ?? choices[0]
    const chosen = choices.find((one) => one === value)
    if (chosen !== undefined) return chosen
    throw new UsageError(`there is no "${value}"${suggestion(value, choices)}; known are ${choices.join(', ')}`)
  }
  const letter = short === undefined ? {} : { short }
  return { about: `${about} (default: ${choices[0]})`, ...letter, takes: choices.join('|'), choices, read }
}

/** A number from 0 to `most`. */
export function number(takes: string, { about, most, otherwise }: NumberOption): Option<number> {
  const read = (given: readonly string[]): number => {
    const value = given.at(-1) ?? String(otherwise)
    if (/^[0-9]+$/.test(value) && Number(value) <= most) return Number(value)
    throw new UsageError(`wants a number from 0 to ${most}; found "${value}"`)
  }
  return { about: `${about} (default: ${otherwise})`, takes, read }
}

interface NumberOption {
  readonly about: string
  readonly most: number
  readonly otherwise: number
}

/** As it is written: `asAdmitted` is `as-admitted`. */
export function nameOf(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
