import type { Command } from './command.ts'
import { commands } from './commands.ts'
import { nameOf, type Option } from './option.ts'

const WIDTH = 100

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length)) + 2
  return rows.flatMap(([left, right]) => {
    const lines = wrapped(right, WIDTH - width - 2)
    return lines.map((line, n) => `  ${(n === 0 ? left : '').padEnd(width)}${line}`)
  })
}

function wrapped(text: string, width: number): string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? ''
    if (line !== '' && line.length + word.length >= width) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines
}

function optionRow([key, { short, takes, about }]: readonly [string, Option]): readonly [string, string] {
  const letter = short === undefined ? '    ' : `-${short}, `
  return [`${letter}--${nameOf(key)}${takes === undefined ? '' : ` ${takes}`}`, about]
}

/** `evenkeel --help`. */
export function overview(): string {
  const rows = Object.entries(commands).map(([name, { about }]) => [name, about] as const)
  return `Usage: evenkeel COMMAND [OPTION…] [PATH…]

Keeps Kubernetes rollouts safe: judges manifests, admission requests and running clusters by one policy.

Commands:
${columns(rows).join('\n')}

Options:
  -h, --help     this text, or that of a command
  -V, --version  the version

Try:
  evenkeel check k8s/
  evenkeel check --help
`
}

/** `evenkeel policy --help`: of the commands that begin with this word. */
export function helpForWord(word: string): string {
  const rows = Object.entries(commands).filter(([name]) => name.startsWith(`${word} `))
  return `Usage: evenkeel ${word} COMMAND [OPTION…]

Commands:
${columns(rows.map(([name, { about }]) => [name, about])).join('\n')}

Options:
  -h, --help  this text, or that of a command
`
}

/** `evenkeel COMMAND --help`. */
export function helpFor(name: string, { operands, options, examples }: Command): string {
  const rows = [...Object.entries(options).map(optionRow), ['-h, --help', 'this text'] as const]
  const lines = examples.map(([line, does]) => `  # ${does}\n  evenkeel ${line}`)
  return `Usage: evenkeel ${name} [OPTION…]${operands === undefined ? '' : ` ${operands}`}

${commands[name]?.about ?? ''}

Options:
${columns(rows).join('\n')}

Examples:
${lines.join('\n')}
`
}
