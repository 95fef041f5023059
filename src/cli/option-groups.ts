import { choice, flag, list, text, type Values } from './option.ts'
import { output } from './output-option.ts'

/** Which policies to judge by. */
export const policyOptions = {
  policy: list('FILE|DIR', 'policies to judge by; default: the nearest evenkeel.yaml upward, else a preset'),
  preset: text('NAME', 'strict, recommended:production, recommended:staging or recommended:development'),
}

export type PolicyOptions = Values<typeof policyOptions>

export const quiet = { quiet: flag('say nothing on stderr but errors') }

/** What to judge, as files. */
export const inputOptions = {
  ...policyOptions,
  helm: list('DIR', 'chart to render with helm template, and judge'),
  values: list('FILE', 'values for these charts'),
  kustomize: list('DIR', 'kustomization to build with kustomize or kubectl, and judge'),
  namespace: text('NAME', 'namespace of objects without one'),
  complete: flag('the files are the whole world: what is not in them does not exist'),
  allowEmpty: flag('finding nothing to check is fine'),
  ...quiet,
}

export type InputOptions = Values<typeof inputOptions>

/** How to tell it. */
export const reportOptions = {
  output,
  failOn: choice(['deny', 'warn', 'never'], 'what makes the exit code 1'),
  noColor: flag('no colours, even on a terminal'),
}

export type ReportOptions = Values<typeof reportOptions>
