import type { Container } from '../model/workload.ts'

/**
 * The number behind a port that a probe or a hook asks, by name or number; undefined for a name that the container itself does not
 * declare (kubelet, probe.ResolveContainerPort: the protocol does not matter, ports of other containers do not count).
 */
export function portNumber(port: number | string, { ports }: Container): number | undefined {
  return typeof port === 'number' ? port : (ports ?? []).find(({ name }) => name === port)?.containerPort
}

/** The names of the container's ports. */
export function portNames({ ports }: Container): string[] {
  return (ports ?? []).flatMap(({ name }) => name ?? [])
}
