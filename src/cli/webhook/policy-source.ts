import { readFileSync, statSync } from 'node:fs'
import type { Policy } from '../../model/policy.ts'
import { complaintsOf, isUsageError } from '../exit-code.ts'
import { type FoundPolicies, findPolicies, policyFilesIn } from '../find-policies.ts'
import type { PolicyOptions } from '../option-groups.ts'

/** The policies in force; they change when their files do. */
export interface PolicySource {
  current(): readonly Policy[]
  /** What is wrong with the files as they are now, so that older policies are still in force. */
  problem(): string | undefined
  stop(): void
}

export interface PolicyListener {
  /** Called for the first policies, too. */
  readonly onLoad: (found: FoundPolicies) => void
  readonly onFailure: (problem: string) => void
}

const pollMilliseconds = 1000

/** Of a pipe nothing: it has been read, and reading it again would wait for ever. */
function contentOf(path: string): string {
  try {
    const stats = statSync(path)
    if (!stats.isDirectory()) return stats.isFile() ? readFileSync(path, 'utf8') : ''
    return policyFilesIn(path)
      .map((file) => `${file}\n${contentOf(file)}`)
      .join('\n')
  } catch (error) {
    return String(error)
  }
}

/**
 * Loads policies and looks once a second whether the text of their files has changed: a mounted ConfigMap changes by a swapped
 * symbolic link, which file watchers miss. Throws a `UsageError` if the first load fails; later a bad change keeps the old ones.
 */
export async function createPolicySource(options: PolicyOptions, listener: PolicyListener): Promise<PolicySource> {
  const directory = process.cwd()
  const first = await findPolicies(options, directory)
  const paths = first.files
  const textOf = () => paths.map(contentOf).join('\n')
  let policies = first.policies
  let problem: string | undefined
  let text = textOf()
  listener.onLoad(first)
  const reload = async (): Promise<void> => {
    const now = textOf()
    if (now === text) return
    text = now
    try {
      const found = await findPolicies({ ...options, policy: paths }, directory)
      policies = found.policies
      problem = undefined
      listener.onLoad(found)
    } catch (error) {
      problem = isUsageError(error) ? complaintsOf(error).join('; ') : String(error)
      listener.onFailure(problem)
    }
  }
  const timer = paths.length === 0 ? undefined : setInterval(() => void reload(), pollMilliseconds)
  return { current: () => policies, problem: () => problem, stop: () => clearInterval(timer) }
}
