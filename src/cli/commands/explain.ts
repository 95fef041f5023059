import { command } from '../command.ts'

export const definition = command({
  operands: 'RULE',
  words: async () => (await import('../rules.ts')).ruleIds,
  options: {},
  examples: [['explain limit-max-unavailable', 'why, what and how']],
  run: async (ids) => (await import('../rules.ts')).explain(ids),
})
