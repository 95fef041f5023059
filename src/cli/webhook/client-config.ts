import { readFileSync } from 'node:fs'
import type { WebhookConfigOptions } from '../commands/webhook-config.ts'
import { UsageError } from '../exit-code.ts'

/** The last part of where a webhook is asked. */
export type Path = 'mutate' | 'validate'

interface Service {
  readonly namespace: string
  readonly name: string
  readonly port: number
}

/** Throws a UsageError for what is no Service, or has a port that no Service has. */
export function serviceOf({ service = 'evenkeel/evenkeel' }: WebhookConfigOptions): Service {
  const match = /^([a-z0-9-]+)\/([a-z0-9-]+)(?::([0-9]+))?$/.exec(service)
  const port = Number(match?.[3] ?? 443)
  if (match === null || port < 1 || port > 65_535)
    throw new UsageError(`--service wants NAMESPACE/NAME[:PORT], the port from 1 to 65535; found "${service}"`)
  return { namespace: match[1] ?? '', name: match[2] ?? '', port }
}

/**
 * A path stays before ours, for a proxy that leads to the webhook. User information, query and fragment are not allowed (url of
 * WebhookClientConfig), and are not repeated here: there may be a password in them.
 */
function urlOf(text: string, path: Path): string {
  if (!URL.canParse(text) || !text.startsWith('https://'))
    throw new UsageError(`--url wants https://HOST[:PORT][/PATH]; found "${text}"`)
  const { username, password, href } = new URL(text)
  if (username + password !== '' || /[?#]/.test(href))
    throw new UsageError('--url wants https://HOST[:PORT][/PATH]: the API server takes no user, query or fragment')
  return new URL(path, href.endsWith('/') ? href : `${href}/`).href
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

/** A `WebhookClientConfig` of `admissionregistration.k8s.io/v1`. Throws a UsageError for options that make none. */
export function clientConfig(options: WebhookConfigOptions, path: Path): object {
  const ca = options.ca === undefined ? {} : { caBundle: bundleOf(options.ca) }
  if (options.url !== undefined) return { url: urlOf(options.url, path), ...ca }
  return { service: { ...serviceOf(options), path: `/${path}` }, ...ca }
}
