import { dump } from 'js-yaml'
import { mayDeny } from '../../engine/decide.ts'
import { systemUsers } from '../../engine/waiver.ts'
import { namespaceNameLabel } from '../../kube/selector.ts'
import type { Policy } from '../../model/policy.ts'
import type { WebhookConfigOptions } from '../commands/webhook-config.ts'
import { exitCode, UsageError } from '../exit-code.ts'
import { findPolicies } from '../find-policies.ts'
import { complain, print } from '../output.ts'
import { admissionRules } from './admission-rules.ts'
import { blindPolicies } from './blind-policies.ts'
import { clientConfig, type Path, serviceOf } from './client-config.ts'
import { neverBlocked } from './match-conditions.ts'
import { extentOf, type Reach, reaches, recordedReach } from './reach.ts'
import { systemNamespaces } from './system-namespaces.ts'

/** Answers within the ~30 s that an API request has: mutating webhooks are called one after another. */
const timeoutSeconds = { mutate: 2, validate: 3 } as const

function excludedNamespaces(options: WebhookConfigOptions): string[] {
  const own = options.url === undefined ? serviceOf(options).namespace : 'evenkeel'
  return [...new Set([...systemNamespaces, own, options.ownNamespace ?? own])]
}

/** In what the webhooks of a configuration differ. */
interface Part extends Reach {
  readonly name: string
  readonly failurePolicy: Policy['failurePolicy']
}

function webhook(options: WebhookConfigOptions, path: Path, part: Part): object {
  const { name, failurePolicy, kinds, conditions } = part
  return {
    name: `${name}.evenkeel.dev`,
    admissionReviewVersions: ['v1'],
    clientConfig: clientConfig(options, path),
    rules: admissionRules(kinds),
    failurePolicy,
    matchPolicy: 'Equivalent',
    sideEffects: 'None',
    timeoutSeconds: timeoutSeconds[path],
    ...(path === 'mutate' ? { reinvocationPolicy: 'IfNeeded' } : {}),
    namespaceSelector: {
      matchExpressions: [{ key: namespaceNameLabel, operator: 'NotIn', values: excludedNamespaces(options) }],
    },
    matchConditions: [...neverBlocked(systemUsers), ...conditions],
  }
}

/**
 * One judges for each failure policy. Break-glass goes by a webhook of its own, which says so in the audit log when it can and is in
 * nobody's way when it is dead.
 */
function parts(policies: readonly Policy[], path: Path): Part[] {
  const judging = reaches(policies).map((reach, i) => {
    const name = i === 0 ? path : `${path}-${reach.failurePolicy.toLowerCase()}`
    return { ...reach, name }
  })
  const recorded = path === 'mutate' ? undefined : recordedReach(policies)
  return recorded === undefined ? judging : [...judging, { name: 'break-glass', failurePolicy: 'Ignore', ...recorded }]
}

function configuration(options: WebhookConfigOptions, policies: readonly Policy[], path: Path): object {
  const kind = path === 'mutate' ? 'MutatingWebhookConfiguration' : 'ValidatingWebhookConfiguration'
  const metadata = { name: 'evenkeel', labels: { 'app.kubernetes.io/name': 'evenkeel' } }
  const webhooks = parts(policies, path).map((part) => webhook(options, path, part))
  return { apiVersion: 'admissionregistration.k8s.io/v1', kind, metadata, webhooks }
}

/** What to tell of what the API server never asks about: policies change while the webhook serves, its configuration does not. */
function limits(policies: readonly Policy[]): string[] {
  const extent = extentOf(policies)
  if (extent === 'none')
    return ['no policy is meant for anything that the webhook could judge: the API server never asks it']
  const deciding = [
    ...(extent === 'some' ? ['the namespaces and kinds that policies name'] : []),
    ...(recordedReach(policies) === undefined ? [] : ['the users and groups of their bypass']),
  ]
  if (deciding.length === 0) return []
  return [`the API server asks by ${deciding.join(' and ')}: print and apply it again when they change`]
}

/** Policies that only watch: alive, the webhook refuses nothing for their sake, but its death is the API server's to judge. */
function onlyByDeath(policies: readonly Policy[], now: number): string[] {
  const isWatching = (policy: Policy) =>
    reaches([policy]).some(
      ({ failurePolicy, kinds }) => failurePolicy === 'Fail' && !kinds.some((kind) => mayDeny(policy, kind, now)),
    )
  return policies
    .filter(isWatching)
    .map(({ name }) => `policy ${name} denies nothing today, but with failurePolicy Fail a dead webhook refuses`)
}

/** `evenkeel webhook-config`: both configurations as YAML, ready for `kubectl apply`. */
export async function webhookConfig(options: WebhookConfigOptions): Promise<number> {
  if (options.url !== undefined && options.service !== undefined) throw new UsageError('--url or --service, not both')
  const { policies, from, warnings } = await findPolicies(options, process.cwd())
  complain(`for ${from}`, ...warnings, ...blindPolicies(policies, excludedNamespaces(options)))
  complain(...limits(policies), ...onlyByDeath(policies, Date.now()))
  const paths = ['mutate', 'validate'] as const
  print(paths.map((path) => `---\n${dump(configuration(options, policies, path), { lineWidth: 120, noRefs: true })}`))
  return exitCode.clean
}
