import { describe, expect, it } from 'vitest'
import { plan } from '../../src/engine/plan.js'
import type { Select } from '../../src/model.js'
import { noFacts, projectOf, textFile } from '../../src/project.js'
import stagedPythonBuild from '../../transforms/staged-python-build.js'

const DOCKERFILE = `FROM python:3.12-slim-bookworm
WORKDIR /app
RUN apt-get update && apt-get install -y gcc libpq-dev
COPY requirements.txt .
RUN pip install --upgrade pip && pip install --no-cache-dir -r requirements.txt
COPY . .
CMD ["gunicorn", "app:app"]
`

/** The Dockerfile after the fix of that title, and the titles there are. */
async function staged(title: RegExp, dockerfile = DOCKERFILE, requirements = 'psycopg2==2.9.10\ngunicorn\n') {
  const titles: string[] = []
  const select: Select = ({ findings }) =>
    findings.flatMap((finding) => {
      titles.push(...(finding.fixes ?? []).map((fix) => fix.title))
      const fix = finding.fixes?.find((each) => title.test(each.title))
      return fix ? [{ finding, fix }] : []
    })
  const files = [textFile('Dockerfile', dockerfile), textFile('requirements.txt', requirements), textFile('app.py', '')]
  const result = await plan(projectOf(files, noFacts), [stagedPythonBuild], select)
  expect(result.stopped).toBe('converged')
  return { text: result.after.read('Dockerfile')!.text, titles }
}

describe('the ways in which packages come from the stage that builds them', () => {
  it('copies a virtual environment that it makes, and puts it on the PATH of both', async () => {
    const { text } = await staged(/virtual environment/)
    expect(text).toBe(`FROM python:3.12-slim-bookworm AS builder
WORKDIR /app
RUN apt-get update && apt-get install -y gcc libpq-dev
COPY requirements.txt .
RUN python -m venv /opt/venv
ENV PATH="/opt/venv/bin:$PATH"
RUN pip install --upgrade pip && pip install --no-cache-dir -r requirements.txt

FROM python:3.12-slim-bookworm AS runtime
WORKDIR /app
RUN apt-get update && apt-get install -y libpq5
COPY --from=builder /opt/venv /opt/venv
ENV PATH="/opt/venv/bin:$PATH"
COPY . .
CMD ["gunicorn", "app:app"]
`)
  })

  it('lets the last stage install from the wheels of the first, and leaves the rest of its RUN as it is', async () => {
    const { text } = await staged(/wheels/)
    expect(text).toContain(
      'RUN pip install --upgrade pip && pip wheel --no-cache-dir --wheel-dir=/wheels -r requirements.txt\n',
    )
    expect(text.slice(text.indexOf('AS runtime'))).toBe(`AS runtime
WORKDIR /app
RUN apt-get update && apt-get install -y libpq5
COPY requirements.txt .
RUN --mount=type=bind,from=builder,source=/wheels,target=/wheels pip install --upgrade pip && pip install --no-cache-dir --no-index --find-links=/wheels -r requirements.txt
COPY . .
CMD ["gunicorn", "app:app"]
`)
  })

  it('makes no wheels of what is held to a hash, or lies somewhere else than in an index', async () => {
    const hash = `six==1.16.0 --hash=sha256:${'8'.repeat(64)}\n`
    expect((await staged(/none/, DOCKERFILE, hash)).titles.some((title) => /wheels/.test(title))).toBe(false)
    const direct = 'auth @ git+https://github.com/example/auth@v1\n'
    expect((await staged(/none/, DOCKERFILE, direct)).titles.some((title) => /wheels/.test(title))).toBe(false)
    expect((await staged(/none/)).titles.some((title) => /wheels/.test(title))).toBe(true)
  })

  it('moves nothing into a virtual environment whose place is written down elsewhere', async () => {
    const absolute = DOCKERFILE.replace('"gunicorn"', '"/usr/local/bin/gunicorn"')
    expect((await staged(/none/, absolute)).titles.some((title) => /virtual/.test(title))).toBe(false)
    const ownPath = DOCKERFILE.replace('COPY . .', 'COPY . .\nENV PATH=/usr/local/bin:/usr/bin:/bin')
    expect((await staged(/none/, ownPath)).titles.some((title) => /virtual/.test(title))).toBe(false)
    expect((await staged(/none/)).titles.some((title) => /virtual/.test(title))).toBe(true)
  })

  it('puts no second version beside what the image has of its own', async () => {
    const { titles } = await staged(/none/, DOCKERFILE.replaceAll('3.12', '3.11'), 'setuptools==75.1.0\npsycopg2\n')
    expect(titles[0]).toMatch(/virtual environment/)
    expect((await staged(/none/, DOCKERFILE, 'setuptools==75.1.0\n')).titles[0]).not.toMatch(/virtual environment/)
  })

  it('gives new stages names that are free', async () => {
    const { text } = await staged(/belong/, `FROM alpine AS builder\nFROM alpine AS runtime\n${DOCKERFILE}`)
    expect(text.match(/AS [\w-]+/g)).toEqual(['AS builder', 'AS runtime', 'AS build', 'AS final'])
    expect(text).toContain('COPY --from=build /install /usr/local\n')
  })
})
