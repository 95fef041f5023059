import type { JsonPointer } from '../model/object.ts'
import type { Skip } from '../model/rule.ts'
import type { Container, PlacedContainer, PodTemplate, Workload } from '../model/workload.ts'

function placed(containers: readonly Container[] | undefined, at: JsonPointer): PlacedContainer[] {
  return (containers ?? []).map((container, index) => ({ container, at: `${at}/${index}` }))
}

/** `spec.containers`, with their pointers in the object whose template lies at `at`. */
export function appContainers(template: PodTemplate, at: JsonPointer): PlacedContainer[] {
  return placed(template.spec?.containers, `${at}/spec/containers`)
}

/** Every container of the template, init containers first, as they start. */
export function allContainers(template: PodTemplate, at: JsonPointer): PlacedContainer[] {
  return [...placed(template.spec?.initContainers, `${at}/spec/initContainers`), ...appContainers(template, at)]
}

/** Init containers with `restartPolicy: Always` run beside the app and may have probes and hooks (GA in 1.33). */
function nativeSidecars(template: PodTemplate, at: JsonPointer): PlacedContainer[] {
  return placed(template.spec?.initContainers, `${at}/spec/initContainers`).filter(
    ({ container }) => container.restartPolicy === 'Always',
  )
}

/** What runs side by side once a pod has started: the app containers, then native sidecars. */
export function runningContainers(template: PodTemplate, at: JsonPointer): PlacedContainer[] {
  return [...appContainers(template, at), ...nativeSidecars(template, at)]
}

/** Why the pods cannot be judged with this object: an Argo Rollout may point at a Deployment that describes them. */
export function describedElsewhere({ templateRef }: Workload): Skip | undefined {
  return templateRef && { skip: `its pods are described in ${templateRef.kind} ${templateRef.name}` }
}
