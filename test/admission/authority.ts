import 'reflect-metadata'
import { isIP } from 'node:net'
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'

/** In what a certificate can be wrong. */
export interface Leaf {
  /** DNS names and IP addresses. */
  readonly names: readonly string[]
  /** Default: the first of the names. */
  readonly commonName?: string
  readonly usage?: 'serverAuth' | 'clientAuth'
  readonly notBefore?: Date
  readonly notAfter?: Date
}

const newKeys = () => crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])

/** A certificate authority that lives as long as the test; PEM texts. */
export async function createAuthority(name = 'authority of tests') {
  const keys = await newKeys()
  const extensions = [new BasicConstraintsExtension(true, 0, true)]
  const ca = await X509CertificateGenerator.createSelfSigned({ name: [{ CN: [name] }], keys, extensions })
  const issue = async ({ names, commonName = names[0] ?? '-', usage = 'serverAuth', ...validity }: Leaf) => {
    const own = await newKeys()
    const cert = await X509CertificateGenerator.create({
      ...validity,
      subject: [{ CN: [commonName] }],
      issuer: ca.subject,
      publicKey: own.publicKey,
      signingKey: keys.privateKey,
      extensions: [
        new ExtendedKeyUsageExtension([ExtendedKeyUsage[usage]]),
        new SubjectAlternativeNameExtension(names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value }))),
      ],
    })
    const key = PemConverter.encode(await crypto.subtle.exportKey('pkcs8', own.privateKey), 'PRIVATE KEY')
    return { cert: cert.toString('pem'), key }
  }
  return { ca: ca.toString('pem'), issue }
}
