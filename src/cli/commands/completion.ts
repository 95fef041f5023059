import { command } from '../command.ts'

export const definition = command({
  operands: 'SHELL',
  words: async () => (await import('../completion.ts')).shellNames,
  options: {},
  examples: [
    ['completion bash > /etc/bash_completion.d/evenkeel', 'for every user of bash'],
    ['completion zsh > ~/.zfunc/_evenkeel', 'for zsh, with ~/.zfunc in fpath'],
    ['completion fish > ~/.config/fish/completions/evenkeel.fish', 'for fish'],
  ],
  run: async (shells, _, all) => (await import('../completion.ts')).completion(shells, all),
})
