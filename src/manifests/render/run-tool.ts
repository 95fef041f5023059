import { spawnSync } from 'node:child_process'

const MAX_SECONDS = 60
const MAX_BYTES = 256 * 1024 * 1024

/** What a tool printed, what it said against it, or that it is not installed. */
export type Ran = { readonly stdout: string } | { readonly failure: string } | { readonly isMissing: true }

/** Runs an installed tool to its end, without a shell and without stdin, for at most a minute. */
export function runTool(program: string, args: readonly string[]): Ran {
  const options = {
    encoding: 'utf8',
    timeout: MAX_SECONDS * 1000,
    maxBuffer: MAX_BYTES,
    killSignal: 'SIGKILL',
  } as const
  const { error, status, signal, stdout, stderr } = spawnSync(program, args, {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  if (code === 'ENOENT') return { isMissing: true }
  if (code === 'ETIMEDOUT') return { failure: `took more than ${MAX_SECONDS} s and was ended` }
  if (code === 'ENOBUFS') return { failure: `printed more than ${MAX_BYTES / 1024 / 1024} MiB` }
  if (error !== undefined) return { failure: `could not be started: ${error.message}` }
  return status === 0 ? { stdout } : { failure: complaintIn(stderr) || `ended with ${status ?? signal ?? 'no status'}` }
}

/** The error among what it said, which is the last paragraph that begins with that word, in one line. */
function complaintIn(stderr: string): string {
  const text = stderr.trim()
  const error = /(?:^|\n)error: ([\s\S]*?)(?:\n\s*\n|$)/i.exec(text)?.[1] ?? text
  return error.replaceAll(/\s*\n\s*/g, ' ').slice(0, 1000)
}
