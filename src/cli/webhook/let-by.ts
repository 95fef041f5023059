import { bypassReason } from '../../engine/waiver.ts'
import type { Bypass } from '../../model/policy.ts'
import { all, any, fits } from './cel.ts'

const username = 'request.userInfo.username'

/** Whether a delivery controller writes what it owns. */
function delivered({ controllers }: Bypass): string {
  const isControlled = 'object.metadata.?ownerReferences.orValue([]).exists(o, o.?controller.orValue(false))'
  return all([fits(username, controllers), any(["object.kind == 'Rollout'", isControlled])])
}

/** The reason that an object gives, `''` if none. */
function reasonOf(object: 'object' | 'oldObject'): string {
  return `${object}.metadata.?annotations[?${JSON.stringify(bypassReason)}].orValue('').trim()`
}

/** Whether somebody with the right to bypass gives a new reason for it. */
export function brokenGlass({ users, groups }: Bypass): string {
  const ofGroup = `request.userInfo.?groups.orValue([]).exists(g, ${fits('g', groups)})`
  const reason = reasonOf('object')
  const isNew = any(["request.operation != 'UPDATE'", `${reason} != ${reasonOf('oldObject')}`])
  const mayBypass = any([fits(username, users), groups.length === 0 ? 'false' : ofGroup])
  return all([mayBypass, `${reason} != ''`, isNew])
}

/** Whether a policy lets a write by, whatever is found. */
export function letBy(bypass: Bypass): string {
  return any([delivered(bypass), brokenGlass(bypass)])
}

function bypassOf(entriesOf: (key: keyof Bypass) => readonly string[]): Bypass {
  return { controllers: entriesOf('controllers'), users: entriesOf('users'), groups: entriesOf('groups') }
}

/** Those that every policy lets by. */
export function sharedBypass([first, ...others]: readonly Bypass[]): Bypass {
  return bypassOf((key) => (first?.[key] ?? []).filter((entry) => others.every((other) => other[key].includes(entry))))
}

/** Those that a policy lets by beside them. */
export function bypassBeyond(shared: Bypass, bypass: Bypass): Bypass {
  return bypassOf((key) => bypass[key].filter((entry) => !shared[key].includes(entry)))
}
