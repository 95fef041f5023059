import { command } from '../command.ts'
import { text, type Values } from '../option.ts'
import { inputOptions } from '../option-groups.ts'

const options = {
  ...inputOptions,
  output: text('FILE', 'where to write it; default: evenkeel-baseline.json; -: stdout'),
}

export type BaselineOptions = Values<typeof options>

export const definition = command({
  operands: '[PATH… | -]',
  options,
  examples: [
    ['baseline k8s/', 'take what is wrong today into evenkeel-baseline.json'],
    ['check --baseline evenkeel-baseline.json k8s/', 'only what is new counts'],
  ],
  run: async (paths, options) => (await import('../files/baseline.ts')).writeBaseline(paths, options),
})
