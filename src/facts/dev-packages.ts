/**
 * Packages of PyPI that developers need and programs rarely do: what they are imported as, the commands they bring, and
 * what they bring along that a program may have come to use without listing it. Names as indexes compare them. From the
 * packages' own metadata; packages that programs often need, or that are listed to pin what something else brings (such as
 * werkzeug, watchfiles, tblib), are left out on purpose.
 */

export interface DevPackage {
  readonly for: 'tests' | 'style' | 'documentation' | 'debugging' | 'work'
  /** Names it is imported by; none if it is only a command. */
  readonly imports: readonly string[]
  /** Commands other than its own name. */
  readonly commands?: readonly string[]
  /** Names of what it brings along. */
  readonly brings?: readonly string[]
}

const row = (
  use: DevPackage['for'],
  imports: string,
  more: { commands?: string; brings?: string } = {},
): DevPackage => ({
  for: use,
  imports: words(imports),
  ...(more.commands && { commands: words(more.commands) }),
  ...(more.brings && { brings: words(more.brings) }),
})

function words(text: string): readonly string[] {
  return text.split(' ').filter(Boolean)
}

const PYTEST = 'packaging pluggy iniconfig'

const PACKAGES: ReadonlyMap<string, DevPackage> = new Map([
  ['pytest', row('tests', 'pytest _pytest', { commands: 'py.test', brings: PYTEST })],
  ['pytest-xdist', row('tests', 'xdist', { commands: 'pytest py.test', brings: `${PYTEST} execnet` })],
  ['pytest-cov', row('tests', 'pytest_cov', { commands: 'pytest py.test', brings: `${PYTEST} coverage` })],
  ['tox', row('tests', 'tox', { brings: 'virtualenv packaging filelock platformdirs pluggy' })],
  ['nox', row('tests', 'nox', { brings: 'virtualenv packaging colorlog argcomplete' })],
  ['nose', row('tests', 'nose', { commands: 'nosetests' })],
  ['nose2', row('tests', 'nose2')],
  ['coverage', row('tests', 'coverage')],
  ['coveralls', row('tests', 'coveralls', { brings: 'coverage requests docopt' })],
  ['codecov', row('tests', '', { brings: 'coverage requests' })],
  ['hypothesis', row('tests', 'hypothesis', { brings: 'attr sortedcontainers' })],
  ['behave', row('tests', 'behave', { brings: 'parse parse_type six' })],
  ['mutmut', row('tests', 'mutmut')],
  ['locust', row('tests', 'locust', { brings: 'flask gevent requests werkzeug msgpack zmq psutil geventhttpclient' })],
  ['factory-boy', row('tests', 'factory', { brings: 'faker' })],
  ['faker', row('tests', 'faker', { brings: 'dateutil typing_extensions tzdata' })],
  ['model-bakery', row('tests', 'model_bakery')],
  ['mixer', row('tests', 'mixer', { brings: 'faker' })],
  ['freezegun', row('tests', 'freezegun', { brings: 'dateutil' })],
  ['time-machine', row('tests', 'time_machine', { brings: 'dateutil' })],
  ['responses', row('tests', 'responses', { brings: 'requests urllib3 yaml' })],
  ['requests-mock', row('tests', 'requests_mock', { brings: 'requests' })],
  ['httpretty', row('tests', 'httpretty')],
  ['vcrpy', row('tests', 'vcr', { brings: 'yaml wrapt yarl' })],
  [
    'moto',
    row('tests', 'moto', {
      commands: 'moto_server',
      brings: 'boto3 botocore requests jinja2 werkzeug cryptography dateutil xmltodict responses',
    }),
  ],
  ['fakeredis', row('tests', 'fakeredis', { brings: 'redis sortedcontainers' })],
  ['mongomock', row('tests', 'mongomock', { brings: 'sentinels packaging pytz' })],
  ['testcontainers', row('tests', 'testcontainers', { brings: 'docker urllib3 wrapt typing_extensions dotenv' })],
  ['webtest', row('tests', 'webtest', { brings: 'webob waitress bs4' })],
  ['django-webtest', row('tests', 'django_webtest', { brings: 'webtest webob waitress bs4' })],
  ['django-test-plus', row('tests', 'test_plus')],
  ['parameterized', row('tests', 'parameterized')],
  ['ddt', row('tests', 'ddt')],
  ['splinter', row('tests', 'splinter')],
  ['black', row('style', 'black blackd', { brings: 'click pathspec platformdirs packaging mypy_extensions' })],
  ['isort', row('style', 'isort')],
  ['autopep8', row('style', 'autopep8', { brings: 'pycodestyle' })],
  ['yapf', row('style', 'yapf', { brings: 'platformdirs' })],
  ['flake8', row('style', 'flake8', { brings: 'pycodestyle pyflakes mccabe' })],
  ['pyflakes', row('style', 'pyflakes')],
  ['pycodestyle', row('style', 'pycodestyle')],
  ['pydocstyle', row('style', 'pydocstyle', { brings: 'snowballstemmer' })],
  ['pylint', row('style', 'pylint', { brings: 'astroid dill isort mccabe platformdirs tomlkit' })],
  ['pylint-django', row('style', 'pylint_django', { brings: 'pylint astroid' })],
  ['ruff', row('style', 'ruff')],
  ['bandit', row('style', 'bandit', { brings: 'yaml rich stevedore' })],
  ['safety', row('style', 'safety', { brings: 'click requests packaging jinja2 pydantic' })],
  ['pip-audit', row('style', 'pip_audit', { brings: 'requests rich packaging' })],
  ['mypy', row('style', 'mypy', { commands: 'dmypy stubgen', brings: 'mypy_extensions typing_extensions' })],
  ['pyright', row('style', 'pyright', { brings: 'nodeenv typing_extensions' })],
  ['django-stubs', row('style', 'mypy_django_plugin', { brings: 'django_stubs_ext' })],
  ['djangorestframework-stubs', row('style', 'rest_framework_stubs', { brings: 'requests' })],
  ['autoflake', row('style', 'autoflake', { brings: 'pyflakes' })],
  ['pyupgrade', row('style', 'pyupgrade')],
  ['vulture', row('style', 'vulture')],
  ['radon', row('style', 'radon', { brings: 'mando colorama' })],
  ['interrogate', row('style', 'interrogate', { brings: 'attr click colorama tabulate' })],
  ['djlint', row('style', 'djlint', { brings: 'click yaml regex pathspec tqdm' })],
  ['curlylint', row('style', 'curlylint')],
  ['pre-commit', row('style', 'pre_commit', { brings: 'yaml virtualenv cfgv identify nodeenv' })],
  [
    'sphinx',
    row('documentation', 'sphinx', {
      commands: 'sphinx-build sphinx-apidoc',
      brings: 'requests jinja2 pygments babel docutils packaging imagesize snowballstemmer alabaster',
    }),
  ],
  ['furo', row('documentation', 'furo', { brings: 'bs4 pygments' })],
  ['recommonmark', row('documentation', 'recommonmark', { brings: 'commonmark docutils' })],
  ['mkdocs', row('documentation', 'mkdocs', { brings: 'click jinja2 markdown yaml watchdog pathspec packaging' })],
  ['pdoc', row('documentation', 'pdoc', { brings: 'jinja2 pygments markupsafe' })],
  ['django-debug-toolbar', row('debugging', 'debug_toolbar', { brings: 'sqlparse' })],
  ['django-silk', row('debugging', 'silk', { brings: 'sqlparse gprof2dot autopep8' })],
  ['django-extensions', row('debugging', 'django_extensions')],
  ['django-browser-reload', row('debugging', 'django_browser_reload')],
  ['django-querycount', row('debugging', 'querycount')],
  ['nplusone', row('debugging', 'nplusone', { brings: 'blinker six' })],
  ['django-zeal', row('debugging', 'zeal')],
  ['django-watchfiles', row('debugging', 'django_watchfiles', { brings: 'watchfiles' })],
  ['django-migration-linter', row('debugging', 'django_migration_linter', { brings: 'appdirs toml' })],
  ['django-linear-migrations', row('debugging', 'django_linear_migrations')],
  ['django-seed', row('debugging', 'django_seed', { brings: 'faker' })],
  ['flask-debugtoolbar', row('debugging', 'flask_debugtoolbar', { brings: 'blinker itsdangerous' })],
  ['flask-shell-ipython', row('debugging', 'flask_shell_ipython', { brings: 'IPython click' })],
  ['fastapi-debug-toolbar', row('debugging', 'debug_toolbar', { brings: 'jinja2 pyinstrument sqlparse' })],
  ['pyinstrument', row('debugging', 'pyinstrument')],
  ['line-profiler', row('debugging', 'line_profiler kernprof', { commands: 'kernprof' })],
  ['memory-profiler', row('debugging', 'memory_profiler', { commands: 'mprof', brings: 'psutil' })],
  ['snakeviz', row('debugging', 'snakeviz', { brings: 'tornado' })],
  ['scalene', row('debugging', 'scalene', { brings: 'rich jinja2 psutil numpy' })],
  ['py-spy', row('debugging', '')],
  ['debugpy', row('debugging', 'debugpy')],
  ['ipdb', row('debugging', 'ipdb', { commands: 'ipdb3', brings: 'IPython decorator' })],
  ['pdbpp', row('debugging', 'pdbpp', { brings: 'pygments fancycompleter wmctrl' })],
  ['pudb', row('debugging', 'pudb', { brings: 'urwid jedi pygments packaging' })],
  ['wdb', row('debugging', 'wdb')],
  ['remote-pdb', row('debugging', 'remote_pdb')],
  [
    'ipython',
    row('work', 'IPython', {
      brings: 'traitlets pygments decorator prompt_toolkit jedi matplotlib_inline pexpect stack_data typing_extensions',
    }),
  ],
  [
    'jupyter',
    row('work', '', {
      commands: 'jupyter-notebook jupyter-lab',
      brings: 'traitlets tornado requests jinja2 zmq nbformat nbconvert ipywidgets IPython ipykernel',
    }),
  ],
  [
    'jupyterlab',
    row('work', 'jupyterlab', {
      commands: 'jupyter jupyter-lab',
      brings: 'traitlets tornado requests jinja2 zmq nbformat httpx packaging',
    }),
  ],
  [
    'notebook',
    row('work', 'notebook', {
      commands: 'jupyter jupyter-notebook',
      brings: 'traitlets tornado requests jinja2 zmq nbformat',
    }),
  ],
  ['honcho', row('work', 'honcho')],
  ['bump2version', row('work', '', { commands: 'bumpversion' })],
  ['bumpversion', row('work', '')],
  [
    'commitizen',
    row('work', 'commitizen', { commands: 'cz', brings: 'jinja2 yaml packaging questionary tomlkit termcolor' }),
  ],
  ['towncrier', row('work', 'towncrier', { brings: 'click jinja2' })],
  ['twine', row('work', 'twine', { brings: 'requests rich urllib3 keyring packaging' })],
  ['pip-tools', row('work', 'piptools', { commands: 'pip-compile pip-sync', brings: 'click build wheel setuptools' })],
  ['pipdeptree', row('work', 'pipdeptree', { brings: 'packaging' })],
  ['livereload', row('work', 'livereload', { brings: 'tornado' })],
  ['django-livereload-server', row('work', 'livereload', { brings: 'tornado' })],
])

/** Plug-ins of a tool are for whom the tool is for. */
const FAMILIES: readonly (readonly [prefix: RegExp, like: string])[] = [
  [/^pytest-/, 'pytest'],
  [/^flake8-/, 'flake8'],
  [/^(types-|.*-stubs$)/, 'mypy'],
  [/^mypy-(?!extensions$)/, 'mypy'],
  [/^(sphinx-|sphinxcontrib-)/, 'sphinx'],
  [/^mkdocs-/, 'mkdocs'],
]

/** What is known of a package that only developers need, or `undefined` for any other. */
export function devPackage(name: string): DevPackage | undefined {
  const known = PACKAGES.get(name)
  if (known) return known
  const family = FAMILIES.find(([pattern]) => pattern.test(name))
  const tool = family && PACKAGES.get(family[1])
  // Where the tool runs, its plug-ins are wanted too.
  const commands = family ? [family[1], ...(tool?.commands ?? [])] : []
  return (
    tool && {
      for: tool.for,
      imports: [name.replaceAll('-', '_')],
      commands,
      ...(tool.brings && { brings: tool.brings }),
    }
  )
}

/** Who else provides a module, by its own name or because it always brings it along. */
const PROVIDERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['attr', ['attrs']],
  ['blinker', ['blinker', 'flask']],
  ['botocore', ['botocore', 'boto3']],
  ['bs4', ['beautifulsoup4']],
  ['click', ['click', 'flask', 'uvicorn', 'typer', 'celery']],
  ['dateutil', ['python-dateutil', 'boto3', 'botocore', 'pandas', 'matplotlib']],
  ['dotenv', ['python-dotenv']],
  ['IPython', ['ipython']],
  ['itsdangerous', ['itsdangerous', 'flask']],
  ['jinja2', ['jinja2', 'flask']],
  ['markupsafe', ['markupsafe', 'jinja2', 'flask']],
  ['numpy', ['numpy', 'pandas', 'scipy', 'scikit-learn', 'matplotlib']],
  ['packaging', ['packaging', 'gunicorn', 'matplotlib']],
  ['pydantic', ['pydantic', 'fastapi', 'pydantic-settings']],
  ['sqlparse', ['sqlparse', 'django']],
  ['typing_extensions', ['typing-extensions', 'pydantic', 'fastapi', 'sqlalchemy']],
  ['urllib3', ['urllib3', 'requests', 'botocore', 'boto3']],
  ['werkzeug', ['werkzeug', 'flask']],
  ['yaml', ['pyyaml']],
  ['zmq', ['pyzmq']],
])

/** The packages that provide a module of this name. */
export function providersOf(module: string): readonly string[] {
  return PROVIDERS.get(module) ?? [module.toLowerCase().replaceAll('_', '-')]
}
