import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { join } from 'node:path'

/**
 * `floor-server.ts TLS-DIR PORT HEALTH-PORT`: the least that a webhook in Node can be. It parses the review and lets it pass, with no
 * limits, rules, log or metrics; what it uses is told on the health port under the names that the real one has.
 */
const [, , directory = '', port, healthPort] = process.argv
const read = (name: string) => readFileSync(join(directory, name))

const options = {
  cert: read('tls.crt'),
  key: read('tls.key'),
  ALPNProtocols: ['http/1.1'],
  keepAliveTimeout: 120_000,
}
createHttpsServer(options, (request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const review = JSON.parse(Buffer.concat(chunks).toString()) as { request: { uid: string } }
    const answer = { uid: review.request.uid, allowed: true }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: answer }))
  })
}).listen(Number(port), '127.0.0.1')

createServer((_, response) => {
  const { user, system } = process.cpuUsage()
  response.end(
    `process_cpu_seconds_total ${(user + system) / 1e6}\nprocess_resident_memory_bytes ${process.memoryUsage.rss()}\n`,
  )
}).listen(Number(healthPort), '127.0.0.1')
