import {
  bool,
  bounded,
  defined,
  int,
  list,
  name,
  object,
  portNumberOrName,
  quantities,
  string,
  stringMap,
  strings,
} from './shape-parts.ts'

export const resourcesShape = object({ requests: quantities, limits: quantities })

const handler = {
  httpGet: object({
    path: string,
    port: portNumberOrName,
    scheme: string,
    host: string,
    httpHeaders: list({ ...object({ name, value: string }, ['name']), nullable: false }),
  }),
  tcpSocket: object({ port: portNumberOrName, host: string }),
  grpc: object({ port: int, service: string }),
  exec: object({ command: strings }),
}

export const probeShape = object({
  ...handler,
  initialDelaySeconds: int,
  periodSeconds: int,
  timeoutSeconds: int,
  successThreshold: int,
  failureThreshold: int,
  terminationGracePeriodSeconds: int,
})

export const hookShape = object({ ...handler, sleep: object({ seconds: int }) })

export const containerShape = {
  ...object(
    {
      name,
      image: string,
      command: strings,
      ports: list({
        ...object({ name: string, containerPort: int, hostPort: int, protocol: string }),
        nullable: false,
      }),
      env: list({ ...object({ name }), nullable: false }),
      readinessProbe: defined('probe'),
      livenessProbe: defined('probe'),
      startupProbe: defined('probe'),
      lifecycle: object({ preStop: defined('hook'), postStart: defined('hook') }),
      restartPolicy: string,
      resources: defined('resources'),
    },
    ['name'],
  ),
  nullable: false,
}

const required = 'requiredDuringSchedulingIgnoredDuringExecution'
const requirements = list({
  type: 'object',
  properties: {
    key: name,
    operator: { enum: ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'] },
    values: strings,
  },
  required: ['key', 'operator'],
})
const nodeTerm = { ...object({ matchExpressions: requirements, matchFields: requirements }), nullable: false }
const podTerm = { topologyKey: string, labelSelector: defined('selector'), matchLabelKeys: strings }

export const metadata = object({ labels: stringMap, annotations: stringMap })

export const podTemplateShape = object({
  metadata,
  spec: object({
    containers: bounded(defined('container')),
    initContainers: bounded(defined('container')),
    terminationGracePeriodSeconds: int,
    resources: defined('resources'),
    overhead: quantities,
    hostNetwork: bool,
    affinity: object({
      nodeAffinity: object({ [required]: object({ nodeSelectorTerms: list(nodeTerm) }) }),
      podAntiAffinity: object({
        [required]: list({
          ...object({ ...podTerm, namespaces: strings, namespaceSelector: defined('selector') }),
          nullable: false,
        }),
      }),
    }),
    topologySpreadConstraints: list({
      ...object({
        ...podTerm,
        maxSkew: int,
        minDomains: int,
        whenUnsatisfiable: string,
        nodeAffinityPolicy: string,
        nodeTaintsPolicy: string,
      }),
      nullable: false,
    }),
    nodeSelector: stringMap,
    volumes: list({
      type: 'object',
      properties: {
        name,
        persistentVolumeClaim: object({ claimName: string }),
        image: object({ reference: string }),
      },
    }),
    tolerations: list({
      ...object({ key: string, operator: string, value: string, effect: string }),
      nullable: false,
    }),
  }),
})
