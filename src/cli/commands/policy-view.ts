import { command } from '../command.ts'
import { policyOptions } from '../option-groups.ts'

export const definition = command({
  options: policyOptions,
  examples: [
    ['policy view', 'what judges here'],
    ['policy view --preset recommended:staging', 'what a preset says'],
  ],
  run: async (_, options) => (await import('../policy.ts')).viewPolicy(options),
})
