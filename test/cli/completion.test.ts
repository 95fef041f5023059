import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { commands } from '../../src/cli/commands.ts'
import { nameOf } from '../../src/cli/option.ts'
import { evenkeel } from './evenkeel.ts'

t.setTimeout(120_000)

/** What bash offers after a line that ends with the word to complete. */
function offered(script: string, line: string): string[] {
  const words = line.split(' ')
  const program = `
    compopt() { [ "$2" = default ] && echo FILES; }
    source ${script}
    COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
    _evenkeel; printf '%s\\n' "\${COMPREPLY[@]}"`
  return execFileSync('bash', ['--norc', '-c', program], { encoding: 'utf8' })
    .split('\n')
    .filter((word) => word !== '')
}

t.test('bash completes commands, options, and values that are known', async (t) => {
  const { code, stdout } = await evenkeel(['completion', 'bash'])
  t.equal(code, 0)
  const script = join(t.testdir({ 'evenkeel.bash': stdout }), 'evenkeel.bash')
  t.strictSame(offered(script, 'evenkeel po'), ['policy'])
  t.strictSame(offered(script, 'evenkeel policy '), ['view', 'validate', '--help'])
  t.strictSame(offered(script, 'evenkeel policy view --pre'), ['--preset'])
  t.strictSame(offered(script, 'evenkeel check --output sa'), ['sarif'])
  t.strictSame(offered(script, 'evenkeel check -o j'), ['json', 'junit'])
  t.strictSame(offered(script, 'evenkeel check --fail-on '), ['deny', 'warn', 'never'])
  t.strictSame(offered(script, 'evenkeel explain limit-max-u'), ['limit-max-unavailable'])
  t.strictSame(offered(script, 'evenkeel explain disallow-inv'), ['disallow-invalid-exemption'])
  t.strictSame(offered(script, 'evenkeel completion z'), ['zsh'])
  t.strictSame(offered(script, 'evenkeel check k8'), ['FILES'], 'paths are left to bash')
  t.strictSame(offered(script, 'evenkeel check --policy '), ['FILES'])
  for (const [name, { load }] of Object.entries(commands)) {
    const { options, words } = (await load()).definition
    const wanted = [...Object.keys(options), 'help'].map((key) => `--${nameOf(key)}`)
    t.strictSame(offered(script, `evenkeel ${name} --`).toSorted(), wanted.toSorted(), name)
    const operands = offered(script, `evenkeel ${name} `).filter((word) => !word.startsWith('-'))
    t.strictSame(operands, (await words?.()) ?? [], name)
  }
})

t.test('zsh uses the same, fish has a line for each command and option', async (t) => {
  const zsh = await evenkeel(['completion', 'zsh'])
  t.match(zsh.stdout, /^#compdef evenkeel kubectl-evenkeel\n/)
  t.match(zsh.stdout, 'bashcompinit')
  const fish = await evenkeel(['completion', 'fish'])
  t.match(fish.stdout, "complete -c evenkeel -n '__fish_use_subcommand' -a check -d ")
  t.match(fish.stdout, "-l output -s o -x -a 'text json sarif")
  t.match(fish.stdout, "-n '__fish_seen_subcommand_from policy; and __fish_seen_subcommand_from view' -l preset")
})

t.test('a shell that is not known is said, and which are', async (t) => {
  for (const args of [['completion'], ['completion', 'bsh'], ['completion', 'bash', 'zsh']]) {
    const { code, stderr, stdout } = await evenkeel(args)
    t.equal(code, 2)
    t.equal(stdout, '')
    t.match(stderr, 'bash, zsh, fish')
  }
})
