import { allContainers, describedElsewhere } from '../kube/containers.ts'
import { imageReference } from '../kube/image.ts'
import { join } from '../kube/pointer.ts'
import type { Finding } from '../model/finding.ts'
import type { JsonPointer } from '../model/object.ts'
import type { CheckResult, RuleContext, WorkloadRule } from '../model/rule.ts'
import type { Workload } from '../model/workload.ts'

interface Params {
  readonly requireDigest: boolean
}

/** An image that a pod runs or mounts. */
interface Used {
  readonly image: string
  readonly path: JsonPointer
  readonly container?: string
  readonly volume?: string
}

/** Of containers of every sort; one without an image is the API server's to refuse. */
function ofContainers({ template, at }: Workload): Used[] {
  return allContainers(template, at.template).flatMap(({ container: { name, image }, at }) =>
    image ? [{ image, path: join(at, 'image'), container: name }] : [],
  )
}

/** Volumes may hold an image's files (GA in 1.36). */
function ofVolumes({ template, at }: Workload): Used[] {
  const volumes = (template.spec?.['volumes'] ?? []) as readonly {
    readonly name: string
    readonly image?: { readonly reference?: string | null } | null
  }[]
  return volumes.flatMap(({ name, image }, i) => {
    const path = join(at.template, 'spec', 'volumes', i, 'image', 'reference')
    return image?.reference ? [{ image: image.reference, path, volume: name }] : []
  })
}

function fault(image: string, { requireDigest }: Params): string | undefined {
  const { tag, digest } = imageReference(image)
  if (digest !== undefined) return undefined
  const needs = `needs a ${requireDigest ? 'digest' : 'version'}`
  if (tag === undefined) return `no tag means latest, a new image at every push; ${needs}`
  if (tag === 'latest') return `tag latest is a new image at every push; ${needs}`
  return requireDigest ? `tag ${tag} may be moved to another image; ${needs}` : undefined
}

function check(workload: Workload, { params }: RuleContext<Params>): CheckResult {
  const elsewhere = describedElsewhere(workload)
  if (elsewhere) return elsewhere
  const images = [...ofContainers(workload), ...ofVolumes(workload)]
  if (images.length === 0) return { skip: 'its pod template names no image' }
  return images.flatMap(({ image, volume, ...place }): Finding[] => {
    const wrong = fault(image, params)
    if (wrong === undefined) return []
    return [{ message: volume === undefined ? wrong : `volume ${volume}: ${wrong}`, ...place }]
  })
}

export const disallowMutableImage: WorkloadRule<Params> = {
  id: 'disallow-mutable-image',
  title: 'The pods of one revision all run the same image',
  why: 'A tag such as latest is another image after every push: a pod that is rescheduled at night runs what nobody released, the replicas differ, and a rollback starts the new image under the old name.',
  remedy: 'Name a version by tag, or the image itself by digest.',
  category: 'traceability',
  severity: 'high',
  judges: 'workload',
  affectedBy: [],
  needs: [],
  uses: [],
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      requireDigest: {
        type: 'boolean',
        default: false,
        description: 'Whether a version is not enough, since tags can be moved: only a digest cannot.',
      },
    },
  },
  presets: { strict: 'deny', production: 'warn', staging: 'warn', development: 'off' },
  fix: 'none',
  about: 'state',
  demandedBy: ['aks-gitops', 'applyforus', 'endpoint-stats', 'feastflow', 'sample-api'],
  alike: {
    'kube-linter': ['latest-tag', 'image-sha'],
    'kube-score': ['container-image-tag'],
    polaris: ['tagNotSpecified'],
    'gatekeeper-library': ['k8sdisallowedtags', 'k8simagedigests'],
    kyverno: ['disallow-latest-tag', 'require-image-checksum'],
  },
  check,
}
