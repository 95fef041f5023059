import { command } from '../command.ts'

export const definition = command({
  options: {},
  examples: [['rules', 'one line a rule: its id, how severe it is, what it asks']],
  run: async () => (await import('../rules.ts')).listRules(),
})
