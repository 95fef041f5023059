import { allContainers } from '../kube/containers.ts'
import { join, valueAt } from '../kube/pointer.ts'
import type { Json, JsonPointer } from '../model/object.ts'
import type { Workload, WorkloadKind } from '../model/workload.ts'

/** The objects of a workload that hold fields of a rollout. */
type Level = 'object' | 'spec' | 'strategy' | 'budget' | 'template' | 'pod' | 'container' | 'lifecycle'

interface Row {
  readonly fields: readonly string[]
  /** Where they belong. */
  readonly home: Level
  /** Where people put them; there the API has no such field, and drops it. */
  readonly found: readonly Level[]
}

/** By the types of apps/v1 and core/v1: no level in `found` has a field of that name. */
const rows: readonly Row[] = [
  {
    fields: ['replicas', 'minReadySeconds', 'revisionHistoryLimit', 'progressDeadlineSeconds'],
    home: 'spec',
    found: ['object', 'strategy', 'budget', 'template', 'pod'],
  },
  { fields: ['strategy', 'updateStrategy'], home: 'spec', found: ['object', 'spec', 'template', 'pod'] },
  { fields: ['rollingUpdate'], home: 'strategy', found: ['spec', 'template', 'pod'] },
  {
    fields: ['maxUnavailable', 'maxSurge', 'partition'],
    home: 'budget',
    found: ['spec', 'strategy', 'template', 'pod'],
  },
  { fields: ['terminationGracePeriodSeconds'], home: 'pod', found: ['spec', 'template', 'container', 'lifecycle'] },
  {
    fields: ['readinessProbe', 'livenessProbe', 'startupProbe', 'lifecycle'],
    home: 'container',
    found: ['spec', 'template', 'pod'],
  },
  { fields: ['preStop', 'postStart'], home: 'lifecycle', found: ['spec', 'template', 'pod', 'container'] },
]

/** Fields that the kind has at no level: there is no right place for them. */
const homeless: Readonly<Record<WorkloadKind, readonly string[]>> = {
  Deployment: ['partition'],
  StatefulSet: ['progressDeadlineSeconds', 'maxSurge'],
  DaemonSet: ['replicas', 'progressDeadlineSeconds', 'partition'],
  Rollout: ['rollingUpdate', 'partition'],
}

/** By level, the fields that do not belong there, with where they do. */
const strays = new Map<Level, ReadonlyMap<string, Level>>(
  [...new Set(rows.flatMap(({ found }) => found))].map((level) => [
    level,
    new Map(
      rows.flatMap(({ fields, home, found }) =>
        found.includes(level) ? fields.map((field) => [field, home] as const) : [],
      ),
    ),
  ]),
)

/** What Kubernetes tools read as the reason of a revision. */
const changeCause = 'kubernetes.io/change-cause'

/** A field that has no effect where it stands. */
export interface Misplaced {
  readonly at: JsonPointer
  readonly value: Json
  /** Whether the API server drops it from what it is sent, since there is no such field. */
  readonly isDropped: boolean
  /** Where it belongs; undefined if there are several containers to choose from. */
  readonly right: JsonPointer | undefined
  readonly container?: string
}

interface Place {
  readonly at: JsonPointer
  readonly container?: string
}

/** Where the levels lie in the object; those of containers lie in each of them. */
function placesOf({ template, at }: Workload): Readonly<Record<Level, readonly Place[]>> {
  const containers = allContainers(template, at.template).map((one) => ({ at: one.at, container: one.container.name }))
  return {
    object: [{ at: '' }],
    spec: [{ at: '/spec' }],
    strategy: [{ at: at.strategy }],
    budget: [{ at: at.budget }],
    template: [{ at: at.template }],
    pod: [{ at: `${at.template}/spec` }],
    container: containers,
    lifecycle: containers.map((one) => ({ ...one, at: `${one.at}/lifecycle` })),
  }
}

/** Where a field belongs that was found in a place: what is found in a container in that one, the rest in the only app container. */
function rightPlace(field: string, found: Place, homes: readonly Place[], { at }: Workload): JsonPointer | undefined {
  if (field === 'strategy' || field === 'updateStrategy') return at.strategy
  const isHome = (home: Place) =>
    found.container === undefined
      ? !home.at.includes('/initContainers/')
      : home.container === undefined || home.container === found.container
  const [home, other] = homes.filter(isHome)
  return home === undefined || other !== undefined ? undefined : join(home.at, field)
}

/** Fields of a rollout at a level where the API has no such field. */
export function misplacedFields(workload: Workload): Misplaced[] {
  const places = placesOf(workload)
  const found = [...strays].flatMap(([level, fields]) =>
    places[level].flatMap((place) =>
      Object.entries(valueAt(workload.object, place.at) ?? {}).flatMap(([field, value]): Misplaced[] => {
        const home = fields.get(field)
        if (home === undefined || value === null || homeless[workload.kind].includes(field)) return []
        const at = join(place.at, field)
        const right = rightPlace(field, place, places[home], workload)
        return [{ ...place, at, value: value as Json, isDropped: true, right }]
      }),
    ),
  )
  return found.filter(({ at, right }) => at !== right)
}

/** A change-cause in the pod template: the API server keeps it, and no tool looks for it there. */
export function misplacedCause({ template, at }: Workload): Misplaced[] {
  const value = template.metadata?.annotations?.[changeCause]
  if (!value) return []
  const wrong = join(at.template, 'metadata', 'annotations', changeCause)
  return [{ at: wrong, value, isDropped: false, right: join('/metadata/annotations', changeCause) }]
}
