import { command } from '../command.ts'
import { list, text, type Values } from '../option.ts'
import { policyOptions, quiet, reportOptions } from '../option-groups.ts'

const options = {
  ...reportOptions,
  ...policyOptions,
  kubeconfig: text('FILE', 'default: KUBECONFIG, ~/.kube/config, or the service account of the pod'),
  context: text('NAME', 'context of the kubeconfig'),
  namespace: list(
    'NAME',
    'only this namespace; kube-system, kube-public and kube-node-lease are judged only where this or a policy names them',
  ),
  ...quiet,
}

export type AuditOptions = Values<typeof options>

export const definition = command({
  options,
  examples: [
    ['audit', 'the cluster of the current context'],
    ['audit --context staging --namespace shop -o json', 'one namespace of another, for programs'],
  ],
  run: async (_, options) => (await import('../audit.ts')).audit(options),
})
