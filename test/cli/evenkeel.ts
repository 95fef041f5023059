import { spawn } from 'node:child_process'
import { globSync, statSync } from 'node:fs'
import { resolve } from 'node:path'

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** The bundle starts in a fifth of the time; it counts only if it is newer than all that it is made of. */
function program(): string {
  const made = statSync('dist/evenkeel.js', { throwIfNoEntry: false })?.mtimeMs ?? 0
  const sources = [...globSync('{src,tools}/**/*.ts'), 'package.json']
  return sources.every((file) => statSync(file).mtimeMs < made) ? 'dist/evenkeel.js' : 'src/cli/main.ts'
}

/** The program that the tests run. */
export const main = resolve(program())

interface Surroundings {
  readonly input?: string
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Another one to run, by its absolute path. */
  readonly program?: string
}

/** Runs the command line as a user would. */
export function evenkeel(
  args: readonly string[],
  { input = '', cwd = process.cwd(), env = {}, program: file = main }: Surroundings = {},
): Promise<Ran> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [file, ...args], { cwd, env: { ...process.env, ...env } })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    child.on('error', fail)
    child.on('close', (code) => done({ code: code ?? -1, stdout, stderr }))
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
  })
}
