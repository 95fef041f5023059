import { createPrivateKey, X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContextOptions } from 'node:tls'

/** PEM texts. */
export interface CertificateFiles {
  /** The leaf, then its intermediates. */
  readonly cert: string
  readonly key: string
  /** Who signs the callers' certificates; absent: callers are not asked for one. */
  readonly clientCa?: string | undefined
}

/** Files that were found fit to serve. */
export interface ServingCertificate {
  readonly files: CertificateFiles
  /** Milliseconds since the epoch, when the first certificate of the chain ends. */
  readonly expires: number
}

export interface Expectations {
  /** DNS names the API server calls; the leaf must cover each. */
  readonly serverNames: readonly string[]
  /** Milliseconds since the epoch. */
  readonly now: number
}

type Problem = string | undefined

const serverAuth = '1.3.6.1.5.5.7.3.1'
const anyUsage = '2.5.29.37.0'

/**
 * The certificate, or why it must not be served. Node takes empty and expired PEMs and then fails every handshake, so all
 * that Go's TLS client asks of a server is asked before.
 */
export function checkCertificate(
  files: CertificateFiles,
  expected: Expectations,
): ServingCertificate | { readonly problem: string } {
  const chain = certificatesIn(files.cert)
  const leaf = chain[0]
  if (leaf === undefined) return { problem: 'tls.crt holds no certificate' }
  const problem =
    keyProblem(leaf, files.key) ??
    leafProblem(leaf, expected.serverNames) ??
    chainProblem(chain) ??
    dateProblem(chain, 'tls.crt', expected.now) ??
    clientCaProblem(files.clientCa, expected.now) ??
    contextProblem(files)
  if (problem !== undefined) return { problem }
  return { files, expires: Math.min(...chain.map(({ validTo }) => Date.parse(validTo))) }
}

/** What the listener is given, at its start and by `setSecureContext`, which replaces all of it each time. */
export function secureContext({ cert, key, clientCa }: CertificateFiles): SecureContextOptions {
  return { cert, key, minVersion: 'TLSv1.2', ...(clientCa !== undefined && { ca: clientCa }) }
}

/** None if one of them cannot be read. */
function certificatesIn(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  try {
    return blocks.map((block) => new X509Certificate(block))
  } catch {
    return []
  }
}

function keyProblem(leaf: X509Certificate, pem: string): Problem {
  try {
    return leaf.checkPrivateKey(createPrivateKey(pem)) ? undefined : 'tls.key is not the key of tls.crt'
  } catch {
    return 'tls.key holds no private key'
  }
}

/** Go ignores the common name, and wants the usage if any is given. */
function leafProblem(leaf: X509Certificate, names: readonly string[]): Problem {
  if ((leaf.subjectAltName ?? '') === '') return 'tls.crt has no subject alternative name'
  const missing = names.find((name) => leaf.checkHost(name, { subject: 'never' }) === undefined)
  if (missing !== undefined) return `tls.crt is not for ${missing}`
  // `@types/node` knows no certificate without the extension.
  const usages = leaf.keyUsage as readonly string[] | undefined
  const isServer = usages?.some((usage) => usage === serverAuth || usage === anyUsage) ?? true
  return isServer ? undefined : 'tls.crt is not for servers (extended key usage)'
}

function chainProblem(chain: readonly X509Certificate[]): Problem {
  const isBroken = chain.some((certificate, at) => {
    const issuer = chain[at + 1]
    return issuer !== undefined && !(certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey))
  })
  return isBroken ? 'tls.crt is no chain: each certificate must be signed by the next one' : undefined
}

function dateProblem(certificates: readonly X509Certificate[], file: string, now: number): Problem {
  for (const certificate of certificates) {
    // Its dates as Date objects are not in Node 20.
    const [from, to] = [new Date(certificate.validFrom), new Date(certificate.validTo)]
    if (now >= to.getTime()) return `${file} has expired (${to.toISOString()})`
    if (now < from.getTime()) return `${file} is not valid before ${from.toISOString()}`
  }
  return undefined
}

function clientCaProblem(pem: string | undefined, now: number): Problem {
  if (pem === undefined) return undefined
  const authorities = certificatesIn(pem)
  if (authorities.length === 0) return 'client-ca.crt holds no certificate'
  const usable = authorities.filter((authority) => dateProblem([authority], '', now) === undefined)
  return usable.length > 0 ? undefined : dateProblem(authorities, 'client-ca.crt', now)
}

function contextProblem(files: CertificateFiles): Problem {
  try {
    createSecureContext(secureContext(files))
    return undefined
  } catch (error) {
    return `OpenSSL refuses it: ${(error as Error).message}`
  }
}
