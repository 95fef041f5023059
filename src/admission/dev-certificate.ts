import 'reflect-metadata'
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

const day = 24 * 60 * 60 * 1000
const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' }
const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' }
const localNames = ['localhost', '127.0.0.1', '::1']

/** For `serve --dev`: a fresh authority and its certificate for localhost and the given DNS names, for 30 days. */
export async function createDevCertificate(dnsNames: readonly string[] = []): Promise<DevCertificate> {
  const [signer, own] = await Promise.all([generateKeys(), generateKeys()])
  const now = Date.now()
  const both = { signingAlgorithm, notBefore: new Date(now - day), notAfter: new Date(now + 30 * day) }
  const ca = await X509CertificateGenerator.createSelfSigned({
    ...both,
    name: [{ CN: ['evenkeel development CA'] }],
    keys: signer,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  })
  const cert = await X509CertificateGenerator.create({
    ...both,
    subject: [{ CN: ['localhost'] }],
    issuer: ca.subject,
    publicKey: own.publicKey,
    signingKey: signer.privateKey,
    extensions: serverExtensions([...localNames, ...dnsNames]),
  })
  const key = PemConverter.encode(await crypto.subtle.exportKey('pkcs8', own.privateKey), 'PRIVATE KEY')
  return { ca: ca.toString('pem'), cert: cert.toString('pem'), key }
}

function generateKeys() {
  return crypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify'])
}

function serverExtensions(names: readonly string[]) {
  return [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    new SubjectAlternativeNameExtension(names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value }))),
  ]
}
