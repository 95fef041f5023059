import { setTimeout as delay } from 'node:timers/promises'
import type { FindRevisions } from '../../admission/reviewer.ts'
import { connect } from '../../cluster/connection.ts'
import { readRevisions } from '../../cluster/read-revisions.ts'
import { getPatiently, type Pace } from '../../cluster/retry.ts'
import { serviceAccountDirectory, targetOfPod } from '../../cluster/service-account.ts'

/** Milliseconds kept for judging once more and for the way back. */
const reserve = 200
/** A connection that the API server has closed meanwhile is noticed by the request. */
const pace: Pace = { tries: 3, wait: 50, longestWait: 200, idle: 2000 }

interface Problem {
  readonly problem: string
}

export interface RevisionSource {
  /** The URL of the API server. */
  readonly server: string
  readonly find: FindRevisions
}

/**
 * Asks the API server for the revisions of a workload when a change of its template would be refused or altered: a rollback is rare,
 * and the ReplicaSets of a cluster are most of its bytes, so they are not watched.
 */
export async function revisionSource(directory = serviceAccountDirectory): Promise<RevisionSource | Problem> {
  const target = targetOfPod(directory)
  if (target === undefined) return { problem: 'this is no pod of a cluster' }
  const connection = await connect(target, pace.idle).catch((error: unknown) => ({ problem: problemOf(error) }))
  if ('problem' in connection) return connection
  return {
    server: target.server,
    find: async ({ object, namespace }, milliseconds) => {
      const located = { ...object, metadata: { ...object.metadata, namespace } }
      const tooLate = delay(Math.max(0, milliseconds - reserve), undefined, { ref: false })
      try {
        const found = readRevisions((path) => getPatiently(connection, path, pace), located)
        const objects = await Promise.race([found, tooLate])
        return objects === undefined ? { problem: `${target.server} did not answer in time` } : { objects }
      } catch (error) {
        return { problem: problemOf(error) }
      }
    },
  }
}

function problemOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
