import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { startWebhook } from '../e2e/webhook.ts'

t.setTimeout(120_000)

/** A pipe whose reader has gone. */
function brokenPipe(dir: string): number {
  const path = join(dir, 'pipe')
  execFileSync('mkfifo', [path])
  const both = openSync(path, constants.O_RDWR)
  const writer = openSync(path, 'w')
  closeSync(both)
  return writer
}

t.test('where the log cannot be written the webhook serves, and ends, as ever', async (t) => {
  const outputs = { 'a full disk': openSync('/dev/full', 'w'), 'a reader that has gone': brokenPipe(t.testdir()) }
  for (const [name, stdout] of Object.entries(outputs)) {
    const webhook = await startWebhook(['--preset', 'strict', '--lame-duck', '0'], stdout)
    closeSync(stdout)
    t.teardown(() => webhook.stop())
    t.equal((await webhook.health('/readyz')).status, 200, name)
    t.equal(await webhook.end('TERM'), 0, name)
    t.equal(webhook.log(), '', `${name}: nothing on stderr`)
  }
})

t.test('the last lines of the log are written before the end', async (t) => {
  const webhook = await startWebhook(['--preset', 'strict', '--lame-duck', '0'])
  t.teardown(() => webhook.stop())
  t.equal(await webhook.end('TERM'), 0)
  t.match(webhook.log(), /is listening on https:/)
})
