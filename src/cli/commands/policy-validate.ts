import { command } from '../command.ts'

export const definition = command({
  operands: 'FILE|DIR…',
  options: {},
  examples: [['policy validate evenkeel.yaml', 'every fault with its place']],
  run: async (paths) => (await import('../policy.ts')).validatePolicy(paths),
})
