import 'reflect-metadata'
import type { webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'

/** PEM texts; nothing is ever written to a disk here. */
export interface DevCertificate {
  readonly ca: string
  readonly cert: string
  readonly key: string
}

export interface LeafOptions {
  /** DNS names and IP addresses. */
  readonly names: readonly string[]
  /** Default: the first of the names. */
  readonly commonName?: string
  readonly usage?: 'server' | 'client'
  readonly notBefore?: Date
  readonly notAfter?: Date
}

/** A certificate authority that lives as long as the process. */
export interface DevAuthority {
  readonly ca: string
  issue(options: LeafOptions): Promise<{ readonly cert: string; readonly key: string }>
}

const day = 24 * 60 * 60 * 1000
const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' }
const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' }
const localNames = ['localhost', '127.0.0.1', '::1']

/** For `serve --dev`: a fresh authority and its certificate for localhost and the given DNS names, for 30 days. */
export async function createDevCertificate(dnsNames: readonly string[] = []): Promise<DevCertificate> {
  const authority = await createDevAuthority()
  const leaf = await authority.issue({ names: [...localNames, ...dnsNames] })
  return { ca: authority.ca, ...leaf }
}

export async function createDevAuthority(name = 'evenkeel development CA'): Promise<DevAuthority> {
  const keys = await generateKeys()
  const { notBefore, notAfter } = validity()
  const ca = await X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [name] }],
    keys,
    signingAlgorithm,
    notBefore,
    notAfter,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  })
  return {
    ca: ca.toString('pem'),
    issue: async (options) => {
      const leafKeys = await generateKeys()
      const leaf = await X509CertificateGenerator.create({
        subject: [{ CN: [options.commonName ?? options.names[0] ?? 'evenkeel'] }],
        issuer: ca.subject,
        publicKey: leafKeys.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm,
        ...validity(options),
        extensions: leafExtensions(options),
      })
      return { cert: leaf.toString('pem'), key: await privateKeyPem(leafKeys.privateKey) }
    },
  }
}

function leafExtensions({ names, usage = 'server' }: LeafOptions) {
  return [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([usage === 'server' ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth]),
    new SubjectAlternativeNameExtension(names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value }))),
  ]
}

function validity({ notBefore, notAfter }: Pick<LeafOptions, 'notBefore' | 'notAfter'> = {}) {
  const now = Date.now()
  return { notBefore: notBefore ?? new Date(now - day), notAfter: notAfter ?? new Date(now + 30 * day) }
}

function generateKeys() {
  return crypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify'])
}

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  return PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')
}
