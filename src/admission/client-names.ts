import type { TLSSocket } from 'node:tls'

/** Whether the caller's certificate carries one of the names, as its common name or a DNS name. Its CA is checked before. */
export function isClientNamed(socket: TLSSocket, names: readonly string[]): boolean {
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) return false
  const { CN } = socket.getPeerCertificate().subject
  return names.some(
    (name) => CN === name || certificate.checkHost(name, { subject: 'never', wildcards: false }) !== undefined,
  )
}
