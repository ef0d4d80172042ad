/** The alternative of `dev-requirements` that changes a program: what it makes of one, run by Python itself. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { plan, safely, withReview } from '../../src/engine/plan.js'
import type { Select } from '../../src/model.js'
import { projectOf, textFile } from '../../src/project.js'
import devRequirements from '../../transforms/dev-requirements.js'

const hasPython = spawnSync('python3', ['--version']).status === 0

const SETTINGS = `"""Settings."""
from __future__ import annotations

import os

INSTALLED_APPS = [
    "shop",
    "debug_toolbar",  # only for us
    "staticfiles",
]
MIDDLEWARE = ["first", "debug_toolbar.middleware.DebugToolbarMiddleware", "last"]
`

const project = (settings = SETTINGS) =>
  projectOf([
    textFile(
      'Dockerfile',
      'FROM python:3.12\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\nCMD ["gunicorn", "shop"]\n',
    ),
    textFile('requirements.txt', 'Django\ndjango-debug-toolbar==4.4.6\n'),
    textFile('manage.py', 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n'),
    textFile('shop/settings.py', settings),
  ])

const alternative: Select = ({ findings }) =>
  findings.flatMap((finding) => (finding.fixes?.[1] ? [{ finding, fix: finding.fixes[1] }] : []))

describe('a package that only lists name', () => {
  it('stays where nobody is asked', async () => {
    for (const select of [safely, withReview]) {
      expect((await plan(project(), [devRequirements], select)).steps).toEqual([])
    }
  })

  it('can be made one the program does without, each element in its place', async () => {
    const { after, open, stopped } = await plan(project(), [devRequirements], alternative)
    expect([stopped, open]).toEqual(['converged', []])
    expect(after.read('requirements-dev.txt')!.text).toBe('-r requirements.txt\ndjango-debug-toolbar==4.4.6\n')
    const settings = after.read('shop/settings.py')!.text
    expect(settings).toBe(
      SETTINGS.replace('import os', 'from importlib.util import find_spec\nimport os')
        .replace('"debug_toolbar",', '*(["debug_toolbar"] if find_spec("debug_toolbar") else []),')
        .replace(
          '"debug_toolbar.middleware.DebugToolbarMiddleware"',
          '*(["debug_toolbar.middleware.DebugToolbarMiddleware"] if find_spec("debug_toolbar") else [])',
        ),
    )
    if (!hasPython) return
    const folder = mkdtempSync(join(tmpdir(), 'harden-python-'))
    try {
      const run = () => {
        writeFileSync(join(folder, 'settings.py'), settings)
        const code = 'import settings, json; print(json.dumps([settings.INSTALLED_APPS, settings.MIDDLEWARE]))'
        return JSON.parse(execFileSync('python3', ['-B', '-c', code], { cwd: folder, encoding: 'utf8' }))
      }
      expect(run()).toEqual([
        ['shop', 'staticfiles'],
        ['first', 'last'],
      ])
      writeFileSync(join(folder, 'debug_toolbar.py'), '')
      expect(run()).toEqual([
        ['shop', 'debug_toolbar', 'staticfiles'],
        ['first', 'debug_toolbar.middleware.DebugToolbarMiddleware', 'last'],
      ])
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('stays where something else than a list needs it', async () => {
    const imported = `${SETTINGS}import debug_toolbar\n`
    expect((await plan(project(imported), [devRequirements], alternative)).steps).toEqual([])
  })
})
