import { command } from '../command.ts'
import { list, text } from '../option.ts'
import { policyOptions, quiet, reportOptions } from '../option-groups.ts'

export const definition = command({
  options: {
    ...reportOptions,
    ...policyOptions,
    kubeconfig: text('FILE', 'default: KUBECONFIG, ~/.kube/config, or the service account of the pod'),
    context: text('NAME', 'context of the kubeconfig'),
    namespace: list('NAME', 'only this namespace'),
    ...quiet,
  },
  examples: [
    ['audit', 'the cluster of the current context'],
    ['audit --context staging --namespace shop -o json', 'one namespace of another, for programs'],
  ],
  run: async (_, options) => (await import('../audit.ts')).audit(options),
})
