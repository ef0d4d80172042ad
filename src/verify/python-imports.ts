import { CommandError, run } from './client.js'
import type { Workshop } from './workshop.js'

/** What became of importing one module of an installed distribution. */
export interface ImportResult {
  readonly module: string
  /** The distribution that brings it, as PEP 503 writes names. */
  readonly distribution: string
  /** The last line of what went wrong; missing where the import worked. */
  readonly error?: string
}

/**
 * Imports every top-level module of every distribution, each in a process of its own: one that crashes or hangs takes
 * nothing with it. Prints one JSON list.
 */
const SCRIPT = `
import importlib.metadata as metadata, json, os, re, select, signal, sys, time
def modules(dist):
    text = dist.read_text("top_level.txt")
    if text is not None:
        return [line.strip() for line in text.splitlines() if line.strip()]
    found = set()
    for file in dist.files or []:
        first = file.parts[0]
        if len(file.parts) == 1 and first.endswith(".py"):
            found.add(first[:-3])
        elif len(file.parts) == 1 and re.search(r"\\.(abi3|cpython-[^.]*)?\\.?so$", first):
            found.add(first.split(".")[0])
        elif len(file.parts) > 1 and file.parts[-1] == "__init__.py" and len(file.parts) == 2:
            found.add(first)
    return sorted(found)
def attempt(name):
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        quiet = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(quiet, stream)
        said = ""
        try:
            signal.alarm(20)
            __import__(name)
        except BaseException as error:
            said = type(error).__name__ + ": " + str(error).replace("\\n", " ")[:300]
        os.write(write, said.encode("utf-8", "replace"))
        os._exit(1 if said else 0)
    os.close(write)
    said = b""
    while True:
        chunk = os.read(read, 4096)
        if not chunk:
            break
        said += chunk
    os.close(read)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        return "the import was ended by signal %d" % os.WTERMSIG(status)
    return said.decode("utf-8", "replace") if os.WEXITSTATUS(status) else None
results, seen, deadline = [], set(), time.time() + 150
for dist in metadata.distributions():
    name = re.sub(r"[-_.]+", "-", dist.metadata["Name"] or "").lower()
    for module in modules(dist):
        if module in seen or not re.match(r"^[A-Za-z]\\w*$", module) or len(seen) >= 400 or time.time() > deadline:
            continue
        seen.add(module)
        error = attempt(module)
        results.append({"module": module, "distribution": name, **({"error": error} if error else {})})
print("\\x1e" + json.dumps(results))
`

/** Asks each interpreter of an image what it can import, without a network. An interpreter that cannot be started says nothing. */
export async function importsOf(
  workshop: Workshop,
  tag: string,
  pythons: readonly string[],
): Promise<readonly ImportResult[]> {
  const results: ImportResult[] = []
  for (const python of pythons) {
    const doing = `importing the packages of ${python}`
    workshop.tell(doing)
    const args = ['run', '--rm', '--network=none', '--memory=2g', '--pids-limit=512', ...workshop.labelled]
    try {
      const said = await run(workshop.client, [...args, '--entrypoint', python, tag, '-c', SCRIPT], {
        ...workshop.options(doing),
        timeout: 240_000,
      })
      results.push(...(JSON.parse(said.slice(said.lastIndexOf('\x1e') + 1)) as ImportResult[]))
    } catch (error) {
      if (!(error instanceof CommandError || error instanceof SyntaxError)) throw error
    }
  }
  return results
}
