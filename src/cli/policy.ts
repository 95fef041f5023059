import { dump } from 'js-yaml'
import type { Policy } from '../model/policy.ts'
import { printable } from '../report/printable.ts'
import { exitCode, UsageError } from './exit-code.ts'
import { findPolicies, readPolicyFiles } from './find-policies.ts'
import type { PolicyOptions } from './option-groups.ts'
import { complain, print } from './output.ts'

function viewed(policy: Policy): object {
  const { rules, off, ...settings } = policy
  const entries = rules.map(({ rule, enforceAfter, ...entry }) => {
    const after = enforceAfter === undefined ? {} : { enforceAfter: new Date(enforceAfter).toISOString().slice(0, 10) }
    return [rule.id, { ...entry, ...after }] as const
  })
  return { ...settings, rules: { ...Object.fromEntries(entries), ...Object.fromEntries(off.map((id) => [id, 'off'])) } }
}

/** `evenkeel policy view`: every policy as it works out, presets and defaults included, as YAML. */
export async function viewPolicy(options: PolicyOptions): Promise<number> {
  const { policies, from, warnings } = await findPolicies(options, process.cwd())
  complain(`from ${from}`, ...warnings)
  print(policies.map((policy) => `---\n${dump(viewed(policy), { lineWidth: 140 })}`))
  return exitCode.clean
}

/** `evenkeel policy validate FILE…`. */
export async function validatePolicy(paths: readonly string[]): Promise<number> {
  if (paths.length === 0) throw new UsageError('which policy? give files or directories')
  const { policies, warnings } = await readPolicyFiles(paths)
  complain(...warnings)
  print(policies.map(({ name, rules }) => `${printable(name)}: valid, ${rules.length} rules enabled\n`))
  return exitCode.clean
}
