import type { Commands } from './command.ts'

/** By what is written after `evenkeel`, in the order of help. */
export const commands: Commands = {
  check: { about: 'judge files, directories or stdin', load: () => import('./commands/check.ts') },
  fix: {
    about: 'print what would satisfy the rules, or write it into the files',
    load: () => import('./commands/fix.ts'),
  },
  baseline: {
    about: 'write down the findings of today, so that only new ones count',
    load: () => import('./commands/baseline.ts'),
  },
  rules: { about: 'list the rules', load: () => import('./commands/rules.ts') },
  explain: {
    about: 'tell why a rule exists, what it asks and how to satisfy it',
    load: () => import('./commands/explain.ts'),
  },
  'policy view': {
    about: 'print the policies as they work out, presets and defaults included',
    load: () => import('./commands/policy-view.ts'),
  },
  'policy validate': {
    about: 'say whether policy files are valid',
    load: () => import('./commands/policy-validate.ts'),
  },
  serve: { about: 'run the admission webhook', load: () => import('./commands/serve.ts') },
  audit: { about: 'judge what runs in a cluster', load: () => import('./commands/audit.ts') },
  completion: { about: 'print a script that completes command lines', load: () => import('./commands/completion.ts') },
  'webhook-config': { about: 'print both webhook configurations', load: () => import('./commands/webhook-config.ts') },
}
