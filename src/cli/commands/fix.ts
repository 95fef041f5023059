import { command } from '../command.ts'
import { choice } from '../option.ts'
import { inputOptions } from '../option-groups.ts'

export const definition = command({
  operands: '[PATH… | -]',
  options: { output: choice(['diff', 'json-patch'], 'how to print it', 'o'), ...inputOptions },
  examples: [
    ['fix k8s/web.yaml', 'what would satisfy the rules, as a diff'],
    ['fix k8s/ | git apply', 'and into the files with it'],
    ['fix -o json-patch -', 'for stdin'],
  ],
  run: async (paths, options) => (await import('../fix.ts')).fix(paths, options),
})
