import { beforeAll, describe, expect, it } from 'vitest'
import { loadLenses } from '../../src/documents/index.js'
import { projectOf, textFile } from '../../src/project.js'
import { requirementsGraph } from '../../src/relations/requirements-graph.js'

beforeAll(() => loadLenses(['requirements.txt']))

const graph = (files: Record<string, string>) =>
  requirementsGraph(projectOf(Object.entries(files).map(([path, text]) => textFile(path, text))))
const together = (files: Record<string, string>, path: string) =>
  graph(files)
    .installedWith(path)
    .map(({ file }) => file.path)

describe('the requirements graph', () => {
  it('follows -r from the folder of the file that includes, whatever the other file is called', () => {
    const files = {
      'requirements.txt': '-r deps/prod.pip\n',
      'deps/prod.pip': '-r ../requirements/base.txt\n',
      'requirements/base.txt': 'foo\n',
    }
    expect(together(files, 'requirements.txt')).toEqual(['deps/prod.pip', 'requirements/base.txt'])
    expect(together(files, 'requirements/base.txt')).toEqual([])
  })

  it('lists a file once that is included by two ways', () => {
    const files = {
      'requirements/dev.txt': '-r web.txt\n-r base.txt\n-r web.txt\n',
      'requirements/web.txt': '-r base.txt\n',
      'requirements/base.txt': 'foo\n',
    }
    expect(together(files, 'requirements/dev.txt').sort()).toEqual(['requirements/base.txt', 'requirements/web.txt'])
  })

  it('does not install what only constrains', () => {
    const files = { 'requirements.txt': '-c constraints.txt\n', 'constraints.txt': 'foo==1\n' }
    expect(together(files, 'requirements.txt')).toEqual([])
    expect(graph(files).inclusions('requirements.txt')).toMatchObject([
      { entry: { constraint: true }, document: { file: { path: 'constraints.txt' } } },
    ])
  })

  it('has nothing to say about files that include each other', () => {
    const files = { 'requirements/a.txt': '-r b.txt\n', 'requirements/b.txt': '-r ./a.txt\n' }
    expect(together(files, 'requirements/a.txt')).toEqual([])
    expect(together(files, 'requirements/b.txt')).toEqual([])
  })

  it.each([
    'missing.txt',
    '../outside.txt',
    'https://example.com/r.txt',
    '/etc/r.txt',
    '${DIR}/r.txt',
    'template.txt',
    '',
  ])('knows no document for -r %s', (target) => {
    const files = { 'requirements.txt': `-r ${target}\nfoo\n`, 'template.txt': '{{ packages }}\n' }
    expect(graph(files).inclusions('requirements.txt')).toMatchObject([{ document: undefined }])
  })

  it('is made once for each picture of a project', () => {
    const project = projectOf([textFile('requirements.txt', 'foo\n')])
    expect(requirementsGraph(project)).toBe(requirementsGraph(project))
  })
})
