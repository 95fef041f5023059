import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { replaceText } from '../../src/manifests/replace-text.ts'

t.test('a file that somebody has changed since it was read stays as it is', async (t) => {
  const dir = t.testdir({ 'web.yaml': 'a: 2\n' })
  const file = join(dir, 'web.yaml')
  t.same(replaceText(file, 'a: 1\n', 'a: 3\n'), {
    code: 'EVENKEEL_FILE_UNWRITABLE',
    message: 'has changed since it was read: run it again',
    file,
  })
  t.equal(readFileSync(file, 'utf8'), 'a: 2\n')
  t.match(replaceText(join(dir, 'gone.yaml'), 'a: 1\n', 'a: 3\n'), { message: 'is no longer there' })
  t.match(replaceText(dir, 'a: 1\n', 'a: 3\n'), { message: /^cannot be written: / })
  t.same(readdirSync(dir), ['web.yaml'])
})

t.test('mode, owner, encoding and byte order mark stay', async (t) => {
  const dir = t.testdir({})
  for (const [name, bytes, after] of [
    ['plain', Buffer.from('a: ü\n'), Buffer.from('a: é\n')],
    ['marked', Buffer.from('\uFEFFa: ü\n'), Buffer.from('\uFEFFa: é\n')],
    ['little', Buffer.from('\uFEFFa: ü\n', 'utf16le'), Buffer.from('\uFEFFa: é\n', 'utf16le')],
    ['big', Buffer.from('\uFEFFa: ü\n', 'utf16le').swap16(), Buffer.from('\uFEFFa: é\n', 'utf16le').swap16()],
  ] as const) {
    const file = join(dir, name)
    writeFileSync(file, bytes)
    chmodSync(file, 0o640)
    const { uid, gid } = statSync(file)
    t.equal(replaceText(file, 'a: ü\n', 'a: é\n'), undefined)
    t.same(readFileSync(file), after, name)
    t.match(statSync(file), { mode: 0o100640, uid, gid })
  }
})

t.test(
  'a process that is killed at any moment leaves each file as it was or as it was to be',
  { timeout: 120_000 },
  async (t) => {
    const COUNT = 150
    const before = `a: 1 # ${'x'.repeat(20_000)}\n`
    const after = `a: 2 # ${'y'.repeat(30_000)}\n`
    const dir = t.testdir({})
    const program = `
    import { writeSync } from 'node:fs'
    import { replaceText } from ${JSON.stringify(resolve('src/manifests/replace-text.ts'))}
    for (let i = 0; i < ${COUNT}; i++) {
      const error = replaceText(i + '.yaml', 'a: 1 # ' + 'x'.repeat(20_000) + '\\n', 'a: 2 # ' + 'y'.repeat(30_000) + '\\n')
      if (error) throw new Error(error.message)
      writeSync(1, '.')
    }`
    let interrupted = 0
    for (let round = 0; round < 40; round++) {
      const folder = join(dir, String(round))
      mkdirSync(folder)
      for (let i = 0; i < COUNT; i++) writeFileSync(join(folder, `${i}.yaml`), before)
      const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const ended = new Promise((done) => child.once('exit', (code, signal) => done(signal)))
      await new Promise((done) => child.stdout.once('data', done))
      await wait(Math.random() * 60)
      child.kill('SIGKILL')
      const signal = await ended
      const texts = Array.from({ length: COUNT }, (_, i) => readFileSync(join(folder, `${i}.yaml`), 'utf8'))
      const replaced = texts.filter((text) => text === after).length
      const broken = texts.filter((text) => text !== after && text !== before)
      if (broken.length > 0) t.fail(`${broken.length} files are neither the old nor the new one`)
      const visible = readdirSync(folder).filter((name) => !name.startsWith('.'))
      if (visible.length !== COUNT) t.fail('what is left of a file being written is hidden')
      if (signal === 'SIGKILL' && replaced > 0 && replaced < COUNT) interrupted++
    }
    t.ok(interrupted >= 20, `killed in the middle ${interrupted} times`)
  },
)
