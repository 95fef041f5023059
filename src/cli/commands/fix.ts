import { command } from '../command.ts'
import { choice, flag, type Values } from '../option.ts'
import { inputOptions } from '../option-groups.ts'

const options = {
  output: choice(['diff', 'json-patch', 'kustomize', 'yaml'], 'how to print it', 'o'),
  write: flag('change the files instead, in place'),
  ...inputOptions,
}

export type FixOptions = Values<typeof options>

export const definition = command({
  operands: '[PATH… | -]',
  options,
  examples: [
    ['fix k8s/web.yaml', 'what would satisfy the rules, as a diff'],
    ['fix --write k8s/', 'the same, into the files'],
    ['fix -o yaml -', 'stdin with its fixes, as in: helm template CHART | evenkeel fix -o yaml - | kubectl apply -f -'],
    ['fix -o kustomize k8s/ > fixes/kustomization.yaml', 'a component, for `components: [fixes]`'],
  ],
  run: async (paths, options) => (await import('../files/fix.ts')).fix(paths, options),
})
