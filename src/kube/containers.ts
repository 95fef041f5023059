import type { JsonPointer } from '../model/object.ts'
import type { Container, PlacedContainer, PodTemplate } from '../model/workload.ts'
import { join } from './pointer.ts'

function placed(containers: readonly Container[] | undefined, at: JsonPointer): PlacedContainer[] {
  return (containers ?? []).map((container, index) => ({ container, at: join(at, index) }))
}

/** `spec.containers`, with their pointers in the object whose template lies at `at`. */
export function appContainers(template: PodTemplate, at: JsonPointer): PlacedContainer[] {
  return placed(template.spec?.containers, `${at}/spec/containers`)
}

/** Init containers with `restartPolicy: Always` run beside the app and may have probes and hooks (GA in 1.33). */
export function nativeSidecars(template: PodTemplate, at: JsonPointer): PlacedContainer[] {
  return placed(template.spec?.initContainers, `${at}/spec/initContainers`).filter(
    ({ container }) => container.restartPolicy === 'Always',
  )
}
