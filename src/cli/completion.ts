import { suggestion } from '../plain/suggest.ts'
import type { Commands } from './command.ts'
import { exitCode, UsageError } from './exit-code.ts'
import { nameOf, type Option } from './option.ts'
import { print } from './output.ts'

/** A command as completion knows it; the first words of `policy view` are one more command, whose operands are its second ones. */
interface Entry {
  readonly name: string
  readonly about: string
  readonly options: readonly (readonly [key: string, option: Option])[]
  /** What may stand where operands do; nothing means files. */
  readonly words: readonly string[]
}

const shells = { bash, zsh, fish }
export const shellNames: readonly string[] = Object.keys(shells)

async function entries(commands: Commands): Promise<Entry[]> {
  const all = await Promise.all(
    Object.entries(commands).map(async ([name, { about, load }]): Promise<Entry> => {
      const { options, words } = (await load()).definition
      return { name, about, options: Object.entries(options), words: (await words?.()) ?? [] }
    }),
  )
  const groups = new Map<string, string[]>()
  for (const { name } of all) {
    const [first = '', second] = name.split(' ')
    if (second !== undefined) groups.set(first, [...(groups.get(first) ?? []), second])
  }
  const grouped = [...groups].map(([name, words]): Entry => ({ name, about: words.join(' or '), options: [], words }))
  return [...all, ...grouped]
}

function spellings([key, { short }]: Entry['options'][number]): string[] {
  return [`--${nameOf(key)}`, ...(short === undefined ? [] : [`-${short}`])]
}

function bashCase({ name, options, words }: Entry): string {
  const values = options.flatMap((option) => {
    const [, { choices, takes }] = option
    if (takes === undefined) return []
    const before = spellings(option).map((spelling) => `'${name}:${spelling}'`)
    return [`    ${before.join('|')}) choices="${choices?.join(' ') ?? ''}" ;;`]
  })
  const flags = options.map(([key]) => `--${nameOf(key)}`)
  return [...values, `    '${name}:'*) choices="${[...words, ...flags, '--help'].join(' ')}" ;;`].join('\n')
}

/** Words that the tool knows; where it knows none, files. */
function bash(all: readonly Entry[]): string {
  const first = all.filter(({ name }) => !name.includes(' ')).map(({ name }) => name)
  return `# bash completion of evenkeel
_evenkeel() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD - 1]}" command="" choices="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${command:+$command }\${COMP_WORDS[i]}" in
      ${all.map(({ name }) => `'${name}'`).join('|')}) command="\${command:+$command }\${COMP_WORDS[i]}" ;;
    esac
  done
  case "$command:$before" in
    ':'*) choices="${[...first, '--help', '--version'].join(' ')}" ;;
${all.map(bashCase).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$choices" -- "$word"))
  [[ $word == -* || \${#COMPREPLY[@]} -gt 0 ]] || compopt -o default
}
complete -F _evenkeel evenkeel kubectl-evenkeel
`
}

function zsh(all: readonly Entry[]): string {
  return `#compdef evenkeel kubectl-evenkeel
autoload -Uz bashcompinit && bashcompinit
${bash(all)}`
}

function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`
}

function fishLines({ name, about, options, words }: Entry): string[] {
  const [first = '', second] = name.split(' ')
  const here = `__fish_seen_subcommand_from ${first}${second === undefined ? '' : `; and __fish_seen_subcommand_from ${second}`}`
  const start = second === undefined ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${first}`
  return [
    `complete -c evenkeel -n '${start}' -a ${second ?? first} -d ${quoted(about)}`,
    ...(words.length > 0 ? [`complete -c evenkeel -f -n '${here}' -a ${quoted(words.join(' '))}`] : []),
    ...options.map(([key, { short, takes, choices, about: does }]) => {
      const letter = short === undefined ? '' : ` -s ${short}`
      const value = takes === undefined ? '' : choices === undefined ? ' -r' : ` -x -a ${quoted(choices.join(' '))}`
      return `complete -c evenkeel -n '${here}' -l ${nameOf(key)}${letter}${value} -d ${quoted(does)}`
    }),
  ]
}

function fish(all: readonly Entry[]): string {
  const groups = all.filter(({ name }) => all.some((other) => other.name.startsWith(`${name} `)))
  const plain = all.filter((entry) => !groups.includes(entry))
  const lines = [...groups.map(({ name, about }) => ({ name, about, options: [], words: [] })), ...plain].flatMap(
    fishLines,
  )
  return `# fish completion of evenkeel\n${lines.join('\n')}\n`
}

/** `evenkeel completion SHELL`: a script for the shell, made from the commands' own definitions. Returns the exit code. */
export async function completion([shell, ...more]: readonly string[], commands: Commands): Promise<number> {
  const known = shellNames.join(', ')
  if (shell === undefined || more.length > 0) throw new UsageError(`which shell? one of ${known}`)
  const write = Object.entries(shells).find(([name]) => name === shell)?.[1]
  if (write === undefined)
    throw new UsageError(`there is no completion for "${shell}"${suggestion(shell, shellNames)}; known are ${known}`)
  print([write(await entries(commands))])
  return exitCode.clean
}
