import { spawn } from 'node:child_process'
import { resolve } from 'node:path'

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const main = resolve('src/cli/main.ts')

/** Runs the command line from the sources, as a user would. */
export function evenkeel(
  args: readonly string[],
  { input = '', cwd = process.cwd(), env = {} }: { input?: string; cwd?: string; env?: Record<string, string> } = {},
): Promise<Ran> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [main, ...args], { cwd, env: { ...process.env, ...env } })
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
