/** Characters a line; longer ones go on in the next, indented. */
const columns = 118
const lineHeight = 19
const colours: readonly [start: RegExp, colour: string][] = [
  [/^\$ /, '#e6edf3'],
  [/^(Error|- | {2}deny)/, '#ff7b72'],
  [/^(Warning| {2}warn)/, '#e3b341'],
  [/^(Fix|# )/, '#79c0ff'],
]

function wrapped(line: string): string[] {
  if (line.length <= columns) return [line]
  const space = line.lastIndexOf(' ', columns)
  const cut = space > columns / 2 ? space : columns
  return [line.slice(0, cut), ...wrapped(`    ${line.slice(cut).trimStart()}`)]
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function row(line: string, colour: string, index: number): string {
  const y = 40 + index * lineHeight
  return `  <text x="20" y="${y}" fill="${colour}" xml:space="preserve">${escaped(line)}</text>`
}

/** A terminal that shows these lines, as SVG. */
export function terminalPicture(text: string): string {
  const lines = text.split('\n').flatMap((line) => {
    const colour = colours.find(([start]) => start.test(line))?.[1] ?? '#b1bac4'
    return wrapped(line).map((part) => ({ part, colour }))
  })
  const height = 50 + lines.length * lineHeight
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1010 ${height}" role="img" aria-label="evenkeel at work in a terminal">
  <rect width="1010" height="${height}" rx="8" fill="#0d1117"/>
  <g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="13.5">
${lines.map(({ part, colour }, index) => row(part, colour, index)).join('\n')}
  </g>
</svg>
`
}
