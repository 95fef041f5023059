import type { Container, ProbeHandler } from '../model/workload.ts'
import { portNumber } from './ports.ts'

/** What a probe asks: two probes with equal `parts` get the same answer; `text` is for people and tells no argument of a command. */
export interface Endpoint {
  readonly parts: readonly unknown[]
  readonly text: string
}

type HttpGet = NonNullable<ProbeHandler['httpGet']>

/** Names of headers are compared without case; values of one name keep their order (net/http, Header.Add). */
function headersOf({ httpHeaders }: HttpGet): readonly (readonly string[])[] {
  if (!httpHeaders?.length) return []
  const headers = httpHeaders.map(({ name, value }) => [name.toLowerCase(), value ?? ''] as const)
  return headers.sort(([a], [b]) => (a < b ? -1 : Number(a > b)))
}

/** The kubelet puts a slash before a path without one and never sends a fragment (probe/http/request.go, formatURL). */
function pathOf({ path }: HttpGet): string {
  const [sent = ''] = (path ?? '').split('#', 1)
  return sent.startsWith('/') ? sent : `/${sent}`
}

/**
 * Where a probe of the container is sent, in one spelling: defaults filled in (scheme HTTP, path `/`, the pod's own address), named
 * ports as numbers. Undefined without a handler.
 */
export function endpointOf(probe: ProbeHandler, container: Container): Endpoint | undefined {
  const { httpGet, tcpSocket, grpc, exec } = probe
  const port = (wanted: number | string) => portNumber(wanted, container) ?? wanted
  const endpoint = (text: string, ...parts: readonly unknown[]) => ({ parts, text })
  if (exec) return endpoint('its command', 'exec', exec.command ?? [])
  if (httpGet) {
    const { scheme, host } = httpGet
    const path = pathOf(httpGet)
    const place = ['http', (scheme ?? 'HTTP').toLowerCase(), host ?? '', port(httpGet.port)]
    return endpoint(`GET ${path}`, ...place, path, headersOf(httpGet))
  }
  if (tcpSocket) {
    const number = port(tcpSocket.port)
    return endpoint(`TCP port ${number}`, 'tcp', tcpSocket.host ?? '', number)
  }
  return grpc ? endpoint(`gRPC port ${grpc.port}`, 'grpc', grpc.port, grpc.service ?? '') : undefined
}
