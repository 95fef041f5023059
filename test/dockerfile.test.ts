import { readFileSync } from 'node:fs'
import { validate } from 'dockerfile-utils'
import t from 'tap'

const text = readFileSync('Dockerfile', 'utf8')
const instructions = text.split('\n').filter((line) => /^[A-Z]+ /.test(line))
const last = (keyword: string) => instructions.findLast((line) => line.startsWith(`${keyword} `))

t.test('the Dockerfile is free of what its linter knows', async (t) => {
  t.strictSame(validate(text), [])
})

t.test('the image is built in stages, runs as nobody, and its server is PID 1 on Node 24', async (t) => {
  t.equal(instructions.filter((line) => line.startsWith('FROM ')).length, 2)
  t.match(last('FROM'), /nodejs24/, 'the stage that is shipped has Node 24')
  t.match(last('USER'), /^USER [1-9]\d*:[1-9]\d*$/, 'a numeric user, so that runAsNonRoot can tell')
  t.match(
    last('ENTRYPOINT'),
    /^ENTRYPOINT \[".*node", ("--[a-z0-9=-]+", )*"\/app\/dist\/evenkeel\.js"\]$/,
    'no shell in between, signals arrive',
  )
  t.match(last('CMD'), 'CMD ["serve"]')
  t.notMatch(
    instructions.filter((line) => !line.startsWith('FROM')).join('\n'),
    /VOLUME|chmod 777/,
    'nothing is written at run time',
  )
})
