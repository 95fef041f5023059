import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { bundle, isFresh } from '../../tools/bundle.ts'

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** The program that the tests run; the bundle starts in a fifth of the time. */
export const main = isFresh() ? bundle : resolve('src/cli/main.ts')

/** What only the package has is tried on it alone. Throws if it is not what the sources would make. */
export function packaged(): string {
  if (main !== bundle) throw new Error('dist/ is older than its sources: npm run build, or npm test, which does')
  return bundle
}

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
