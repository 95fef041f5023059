import { posix, win32 } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { artifactPath, artifactUri, foldersTo, leadsOut, pathFrom, slashed } from '../../src/paths/shared-path.ts'

t.test('paths are told as those who read them know them, also those of Windows', (t) => {
  const cases: readonly [file: string, root: string, path: string, uri: string][] = [
    ['./k8s/a b.yaml', '/repo', 'k8s/a b.yaml', 'k8s/a%20b.yaml'],
    ['/repo/k8s/a.yaml', '/repo', 'k8s/a.yaml', 'k8s/a.yaml'],
    ['../x.yaml', '/repo', '/x.yaml', 'file:///x.yaml'],
    ['..x/y.yaml', '/repo', '..x/y.yaml', '..x/y.yaml'],
    ['.', '/repo', '/repo', 'file:///repo'],
    ['a:b\\c%.yaml', '/repo', 'a:b\\c%.yaml', 'a%3Ab%5Cc%25.yaml'],
    ['k8s\\a b.yaml', 'C:\\repo', 'k8s/a b.yaml', 'k8s/a%20b.yaml'],
    [
      '.\\charts/shop\\templates/web.yaml',
      'C:\\repo',
      'charts/shop/templates/web.yaml',
      'charts/shop/templates/web.yaml',
    ],
    ['C:\\repo\\a.yaml', 'c:\\Repo', 'a.yaml', 'a.yaml'],
    ['..\\x.yaml', 'C:\\work\\repo', 'C:/work/x.yaml', 'file:///C:/work/x.yaml'],
    ['D:\\x y\\a.yaml', 'C:\\repo', 'D:/x y/a.yaml', 'file:///D:/x%20y/a.yaml'],
    ['\\\\host\\share\\a.yaml', 'C:\\repo', '//host/share/a.yaml', 'file://host/share/a.yaml'],
    ['k8s\\a.yaml', '\\\\host\\share', 'k8s/a.yaml', 'k8s/a.yaml'],
    ['stdin', '/repo', 'stdin', 'stdin'],
  ]
  for (const [file, root, path, uri] of cases) {
    const found = artifactPath(file, root)
    t.equal(found.path, path)
    t.equal(artifactUri(found), uri)
  }
  t.end()
})

t.test('the way from a root is as git writes it, whichever way the root is written', (t) => {
  const cases: readonly [root: string, path: string, way: string, isOut: boolean][] = [
    ['/repo', '/repo', '', false],
    ['/repo', 'k8s/web.yaml', 'k8s/web.yaml', false],
    ['/repo', 'a\\..\\..\\b', 'a\\..\\..\\b', false],
    ['/repo', '../repository/x', '../repository/x', true],
    ['/repo', '..', '..', true],
    // As `git rev-parse --show-toplevel` prints it there.
    ['C:/work/repo', 'C:\\work\\repo\\k8s\\web.yaml', 'k8s/web.yaml', false],
    ['C:/work/repo', 'c:\\Work\\Repo', '', false],
    ['//host/share/repo', '\\\\host\\share\\repo\\k8s', 'k8s', false],
    ['C:\\temp\\x', 'a\\..\\..\\b', '../b', true],
    ['C:\\temp\\x', 'D:/b', 'D:/b', true],
    ['C:\\temp\\x', '..b/c', '..b/c', false],
  ]
  for (const [root, path, way, isOut] of cases) {
    t.equal(pathFrom(root, path), way)
    t.equal(leadsOut(way, root), isOut, `${path} from ${root}`)
  }
  t.end()
})

t.test('a backslash parts names on Windows alone', (t) => {
  t.equal(slashed('k8s\\web.yaml', 'C:\\work'), 'k8s/web.yaml')
  t.equal(slashed('k8s\\web.yaml', '/work'), 'k8s\\web.yaml')
  t.end()
})

t.test('the folders to a path begin at the root, a drive or a share', (t) => {
  t.strictSame(foldersTo('/charts/shop'), ['/', '/charts', '/charts/shop'])
  t.strictSame(foldersTo('C:\\charts\\shop'), ['C:\\', 'C:\\charts', 'C:\\charts\\shop'])
  t.strictSame(foldersTo('\\\\host\\share\\shop'), ['\\\\host\\share\\', '\\\\host\\share\\shop'])
  t.end()
})

t.test('the same tree has the same paths on every platform', (t) => {
  const names = fc.array(fc.constantFrom('k8s', 'a b', '..', '.', 'web.yaml', 'C', '%41'), {
    minLength: 1,
    maxLength: 5,
  })
  fc.assert(
    fc.property(names, (parts) => {
      const here = artifactPath(parts.join(posix.sep), '/work/repo')
      const there = artifactPath(parts.join(win32.sep), 'C:\\work\\repo')
      return here.isBelow === there.isBelow && here.path === there.path.replace(/^C:/, '')
    }),
  )
  t.end()
})
