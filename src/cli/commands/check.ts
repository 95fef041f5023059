import { command } from '../command.ts'
import { flag, text, type Values } from '../option.ts'
import { inputOptions, reportOptions } from '../option-groups.ts'

const options = {
  ...reportOptions,
  ...inputOptions,
  against: text('DIR|GIT-REF', 'what was there before, for rules that compare: a branch, or a directory like this one'),
  baseline: text('FILE', 'findings that evenkeel baseline wrote down count for nothing'),
  asAdmitted: flag('apply the fixes of the policy first, as the webhook does'),
}

export type CheckOptions = Values<typeof options>

export const definition = command({
  operands: '[PATH… | -]',
  options,
  examples: [
    ['check', 'all manifests below the working directory'],
    ['check --preset strict k8s/ extra.yaml', 'directories and files, by the strictest rules'],
    ['check -o json k8s/ > report.json', 'for programs'],
    ['check --against origin/main k8s/', 'a pull request: what it changes, and how'],
    ['check --fail-on warn -', 'stdin, as in: helm template CHART | evenkeel check -'],
    ['check --helm charts/shop --values production.yaml', 'a chart as it will be installed'],
    ['check --kustomize overlays/production', 'a kustomization as it will be applied'],
  ],
  run: async (paths, options) => (await import('../files/check.ts')).check(paths, options),
})
