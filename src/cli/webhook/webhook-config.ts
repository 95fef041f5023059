import { readFileSync } from 'node:fs'
import { dump } from 'js-yaml'
import { systemUsers } from '../../engine/waiver.ts'
import type { Policy } from '../../model/policy.ts'
import type { WebhookConfigOptions } from '../commands/webhook-config.ts'
import { exitCode, UsageError } from '../exit-code.ts'
import { findPolicies } from '../find-policies.ts'
import { judgedKinds } from '../kinds.ts'
import { complain, print } from '../output.ts'
import { admissionRules } from './admission-rules.ts'
import { blindPolicies } from './blind-policies.ts'
import { type MatchCondition, matchConditions } from './match-conditions.ts'
import { reaches, reachOf } from './reach.ts'
import { systemNamespaces } from './system-namespaces.ts'

/** Answers within the ~30 s that an API request has: mutating webhooks are called one after another. */
const timeoutSeconds = { mutate: 2, validate: 3 } as const

type Path = 'mutate' | 'validate'

function serviceOf(text: string): { readonly namespace: string; readonly name: string; readonly port: number } {
  const match = /^([a-z0-9-]+)\/([a-z0-9-]+)(?::([0-9]+))?$/.exec(text)
  if (match === null) throw new UsageError(`--service wants NAMESPACE/NAME[:PORT]; found "${text}"`)
  return { namespace: match[1] ?? '', name: match[2] ?? '', port: Number(match[3] ?? 443) }
}

function urlOf(text: string, path: Path): string {
  if (!URL.canParse(text) || !text.startsWith('https://'))
    throw new UsageError(`--url wants https://HOST[:PORT]; found "${text}"`)
  return new URL(path, text.endsWith('/') ? text : `${text}/`).href
}

function bundleOf(file: string): string {
  try {
    const pem = readFileSync(file)
    if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem.toString('base64')
  } catch (error) {
    throw new UsageError(`--ca ${file}: cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`)
  }
  throw new UsageError(`--ca ${file}: holds no certificate in PEM form`)
}

function clientConfig(options: WebhookConfigOptions, path: Path): object {
  const ca = options.ca === undefined ? {} : { caBundle: bundleOf(options.ca) }
  if (options.url !== undefined) return { url: urlOf(options.url, path), ...ca }
  return { service: { ...serviceOf(options.service ?? 'evenkeel/evenkeel'), path: `/${path}` }, ...ca }
}

function excludedNamespaces(options: WebhookConfigOptions): string[] {
  const own = options.url === undefined ? serviceOf(options.service ?? 'evenkeel/evenkeel').namespace : 'evenkeel'
  return [...new Set([...systemNamespaces, own, options.ownNamespace ?? own])]
}

/** In what the webhooks of a configuration differ. */
interface Part {
  readonly name: string
  readonly failurePolicy: Policy['failurePolicy']
  readonly matchConditions: readonly MatchCondition[]
}

function webhook(options: WebhookConfigOptions, path: Path, { name, failurePolicy, matchConditions }: Part): object {
  return {
    name: `${name}.evenkeel.dev`,
    admissionReviewVersions: ['v1'],
    clientConfig: clientConfig(options, path),
    rules: admissionRules(judgedKinds),
    failurePolicy,
    matchPolicy: 'Equivalent',
    sideEffects: 'None',
    timeoutSeconds: timeoutSeconds[path],
    ...(path === 'mutate' ? { reinvocationPolicy: 'IfNeeded' } : {}),
    namespaceSelector: {
      matchExpressions: [
        { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: excludedNamespaces(options) },
      ],
    },
    matchConditions,
  }
}

/**
 * One judges for each failure policy. Break-glass goes by a webhook of its own, which says so in the audit log when it can and is in
 * nobody's way when it is dead.
 */
function parts(policies: readonly Policy[], path: Path): Part[] {
  const { judged, recorded } = matchConditions(policies, systemUsers)
  const judging = reaches(policies).map(({ failurePolicy, conditions }, i) => {
    const name = i === 0 ? path : `${path}-${failurePolicy.toLowerCase()}`
    return { name, failurePolicy, matchConditions: [...conditions, ...judged] }
  })
  if (path === 'mutate' || recorded === undefined) return judging
  const conditions = [...reachOf(policies), ...recorded]
  return [...judging, { name: 'break-glass', failurePolicy: 'Ignore', matchConditions: conditions }]
}

function configuration(options: WebhookConfigOptions, policies: readonly Policy[], path: Path): object {
  const kind = path === 'mutate' ? 'MutatingWebhookConfiguration' : 'ValidatingWebhookConfiguration'
  const metadata = { name: 'evenkeel', labels: { 'app.kubernetes.io/name': 'evenkeel' } }
  const webhooks = parts(policies, path).map((part) => webhook(options, path, part))
  return { apiVersion: 'admissionregistration.k8s.io/v1', kind, metadata, webhooks }
}

/** `evenkeel webhook-config`: both configurations as YAML, ready for `kubectl apply`. */
export async function webhookConfig(options: WebhookConfigOptions): Promise<number> {
  if (options.url !== undefined && options.service !== undefined) throw new UsageError('--url or --service, not both')
  const { policies, from } = await findPolicies(options, process.cwd())
  complain(`for ${from}`, ...blindPolicies(policies, excludedNamespaces(options)))
  if (reachOf(policies).length > 0)
    complain('the API server asks only about namespaces that policies name: print and apply it again when they change')
  const paths = ['mutate', 'validate'] as const
  print(paths.map((path) => `---\n${dump(configuration(options, policies, path), { lineWidth: 120, noRefs: true })}`))
  return exitCode.clean
}
