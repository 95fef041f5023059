import { Counter, Gauge, type Registry } from '@prometheus-io/client'

/** The process metrics that dashboards expect, read at scrape time only: the library's own set keeps timers and observers running. */
export function addProcessMetrics(registers: Registry[]): void {
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  let counted = 0
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'User and system CPU time spent.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage()
      this.inc((user + system - counted) / 1e6)
      counted = user + system
    },
  })
  let last = performance.eventLoopUtilization()
  gauge('nodejs_eventloop_utilization_ratio', 'Share of time the event loop was busy since the last scrape.', () => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, last)
    last = now
    return utilization
  })
  gauge('process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss())
  gauge('nodejs_heap_size_used_bytes', 'Heap in use.', () => process.memoryUsage().heapUsed)
  gauge('process_start_time_seconds', 'Start of the process since the epoch.', () =>
    Math.round(Date.now() / 1000 - process.uptime()),
  )
}
