import { command } from '../command.ts'

export const definition = command({
  operands: 'RULE',
  options: {},
  examples: [['explain limit-max-unavailable', 'why, what and how']],
  run: async (ids) => (await import('../rules.ts')).explain(ids),
})
