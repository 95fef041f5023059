import type { KubeObject } from '../../src/model/object.ts'
import captured from './review.json' with { type: 'json' }

/** As kube-apiserver 1.36.3 sent it for a `kubectl apply`, API defaults, managedFields and all; `strict` has nothing to say against it. */
export const admitted: { readonly request: { readonly object: KubeObject } } = captured

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

/** The Deployment as its author wrote it. */
export const manifest = JSON.parse(captured.request.object.metadata.annotations[lastApplied]) as KubeObject

function bare(object: typeof captured.request.object): KubeObject {
  const { metadata, spec } = object
  const [{ name, image, ports, env, resources }] = spec.template.spec.containers as [
    (typeof spec.template.spec.containers)[number],
  ]
  const podSpec = { ...spec.template.spec, terminationGracePeriodSeconds: 30 }
  return {
    ...object,
    metadata: { ...metadata, annotations: {}, managedFields: [] },
    spec: {
      ...spec,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
      template: { ...spec.template, spec: { ...podSpec, containers: [{ name, image, ports, env, resources }] } },
    },
  }
}

/** The same without what the rules ask for, and with the API's defaults: /mutate patches it, /validate denies it. */
export const wanting: typeof admitted = {
  ...captured,
  request: { ...captured.request, object: bare(captured.request.object) },
}
