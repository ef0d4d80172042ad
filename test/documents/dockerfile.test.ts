import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Dockerfile, type Instruction, pairsOf, parseDockerfile } from '../../src/documents/dockerfile.js'
import { textFile } from '../../src/project.js'

const read = (text: string): Dockerfile => parseDockerfile(textFile('Dockerfile', text))
const lines = (...all: readonly string[]) => all.map((line) => `${line}\n`).join('')
const keywords = (document: Dockerfile) => document.instructions.map(({ keyword }) => keyword)
const values = (all: readonly { readonly value: unknown }[]) => all.map(({ value }) => value)

/** What a range of the document's text says. */
const said = (document: Dockerfile, { start, end }: { start: number; end: number }) =>
  document.file.text.slice(start, end)

/** The one instruction behind FROM. */
function only(text: string): Instruction {
  const { instructions, problems } = read(`FROM a\n${text}`)
  expect(problems).toEqual([])
  expect(instructions).toHaveLength(2)
  return instructions[1]!
}

/** Names of the programs that the instruction's shell text calls. */
const calls = (document: Dockerfile, index: number) =>
  document.shell(document.instructions[index]!).commands.map(({ name }) => name)

describe('instructions', () => {
  it('begin at their keyword and end with their last line', () => {
    const document = read('FROM a\n\n  run b \\\n    c\nCMD ["d"]\n')
    expect(document.instructions.map((instruction) => said(document, instruction))).toEqual([
      'FROM a',
      'run b \\\n    c',
      'CMD ["d"]',
    ])
    expect(document.instructions.map(({ index, stage }) => [index, stage])).toEqual([
      [0, 0],
      [1, 0],
      [2, 0],
    ])
  })

  it('are known in any case', () => {
    expect(keywords(read('from a\nrUn b\nCopy c d\n'))).toEqual(['FROM', 'RUN', 'COPY'])
    expect(read('from a as B\nFROM b AS c\n').stages).toMatchObject([
      { name: 'b', parent: undefined },
      { name: 'c', parent: { name: 'b' } },
    ])
  })

  it('are the same with Windows line endings, with a byte order mark, and without the last newline', () => {
    const text = lines('# syntax=docker/dockerfile:1', 'FROM a', 'RUN b \\', '  # c', '', '  d', 'COPY --chown=e f g')
    const plain = read(text)
    for (const variant of [text.replaceAll('\n', '\r\n'), `\uFEFF${text}`, text.trimEnd(), `\uFEFF${text.trimEnd()}`]) {
      const document = read(variant)
      expect(document.problems).toEqual([])
      expect(keywords(document)).toEqual(keywords(plain))
      expect(document.instructions.map(({ words }) => values(words))).toEqual(
        plain.instructions.map(({ words }) => values(words)),
      )
      for (const { start, words, keyword } of document.instructions) {
        expect(said(document, { start, end: start + keyword.length })).toBe(keyword)
        for (const word of words) expect(said(document, word)).toBe(word.value)
      }
      expect(document.comments.map((comment) => said(document, comment))).toEqual([
        '# syntax=docker/dockerfile:1',
        '# c',
      ])
    }
  })

  it('go on over comments and blank lines, in which nothing counts', () => {
    const { words } = only(lines('RUN one \\', '  # not \\', '', '  two \\', '# nor this', '  three'))
    expect(values(words)).toEqual(['one', 'two', 'three'])
    expect(values(only('ENV a=1 \\\n  b=2 \\ \n  c=3\n').words)).toEqual(['a=1', 'b=2', 'c=3'])
  })

  it('end at a doubled escape character', () => {
    expect(keywords(read('FROM a\nRUN echo a\\\\\nUSER b\n'))).toEqual(['FROM', 'RUN', 'USER'])
  })

  it('go on at the escape character the file names', () => {
    const document = read('# escape=`\nFROM a\nRUN dir c:\\\nUSER b\nRUN d `\n  e\n')
    expect(document.escape).toBe('`')
    expect(keywords(document)).toEqual(['FROM', 'RUN', 'USER', 'RUN'])
    expect(read('# syntax=x\n# escape = `\nFROM a\n').escape).toBe('`')
    expect(read('FROM a\n# escape=`\n').escape).toBe('\\')
    expect(read('# just words\n# escape=`\nFROM a\n').escape).toBe('\\')
  })
})

describe('arguments', () => {
  it('have flags in front, whose values may be quoted', () => {
    const { flags, words } = only('COPY --from=build --chown="a:b" --link \\\n  --chmod=755 c d\n')
    expect(flags.map(({ name, value }) => [name, value])).toEqual([
      ['from', 'build'],
      ['chown', 'a:b'],
      ['link', undefined],
      ['chmod', '755'],
    ])
    expect(values(words)).toEqual(['c', 'd'])
    expect(only('RUN --mount=type=cache,target=/x --network=none a --b\n')).toMatchObject({
      flags: [{ name: 'mount', value: 'type=cache,target=/x' }, { name: 'network' }],
      words: [{ value: 'a' }, { value: '--b' }],
    })
    expect(only('USER --chown=a\n').flags).toEqual([])
  })

  it('are strings with places where they are JSON', () => {
    const document = read('FROM a\nCMD [ "a b", "c\\"d" , "e\\u0041" ]\n')
    const { json, words } = document.instructions[1]!
    expect(json).toBe(true)
    expect(values(words)).toEqual(['a b', 'c"d', 'eA'])
    expect(words.map((word) => said(document, word))).toEqual(['"a b"', '"c\\"d"', '"e\\u0041"'])
  })

  it('are shell text where they only look like JSON', () => {
    for (const text of ["CMD ['a']\n", 'CMD ["a", 1]\n', 'RUN [ -f a ] && b\n', 'CMD ["a"] b\n'])
      expect(only(text).json).toBe(false)
    expect(only('ENV a=["b"]\n').json).toBe(false)
    expect(values(only('COPY ["a b", "c"]\n').words)).toEqual(['a b', 'c'])
  })

  it('of ENV, LABEL and ARG keep quoted text together', () => {
    expect(pairsOf(only('ENV a="b c" d=\'e f\' g=h\\ i\n'))).toEqual([
      ['a', '"b c"'],
      ['d', "'e f'"],
      ['g', 'h\\ i'],
    ])
    expect(pairsOf(only('ENV a b c\n'))).toEqual([['a', 'b c']])
    expect(pairsOf(only('ARG a b=c\n'))).toEqual([
      ['a', undefined],
      ['b', 'c'],
    ])
  })

  it('may be missing', () => {
    const { args, end, words } = only('RUN\n')
    expect(words).toEqual([])
    expect(args).toEqual({ start: end, end })
  })
})

describe('here-documents', () => {
  it('belong to their instruction, with all that looks like instructions in them', () => {
    const document = read(lines('FROM a', 'RUN <<EOF', 'FROM b', '# c', 'USER d \\', 'EOF', 'USER e'))
    expect(keywords(document)).toEqual(['FROM', 'RUN', 'USER'])
    expect(document.problems).toEqual([])
    expect(document.comments).toEqual([])
    expect(said(document, document.instructions[1]!)).toBe('RUN <<EOF\nFROM b\n# c\nUSER d \\\nEOF')
    const [own] = document.instructions[1]!.hereDocuments
    expect(own?.name).toBe('EOF')
    expect(said(document, own!.body)).toBe('FROM b\n# c\nUSER d \\\n')
    expect(said(document, own!.operator)).toBe('<<EOF')
  })

  it('may be quoted, indented by tabs, and end at nothing but their name', () => {
    for (const operator of ['<<"EOF"', "<<'EOF'", '<<EOF']) {
      expect(keywords(read(lines('FROM a', `RUN ${operator}`, ' EOF', 'EOF2', 'USER x', 'EOF', 'CMD b')))).toEqual([
        'FROM',
        'RUN',
        'CMD',
      ])
    }
    expect(keywords(read(lines('FROM a', 'RUN <<-EOF', '\tUSER x', '\tEOF', 'CMD b')))).toEqual(['FROM', 'RUN', 'CMD'])
    expect(keywords(read('FROM a\r\nCOPY <<EOF /b\r\nUSER x\r\nEOF\r\nCMD b\r\n'))).toEqual(['FROM', 'COPY', 'CMD'])
  })

  it('can be several, one body behind the other', () => {
    const document = read(lines('FROM a', 'RUN cat <<ONE >b && cat <<TWO', 'USER 1', 'ONE', 'USER 2', 'TWO', 'CMD c'))
    expect(keywords(document)).toEqual(['FROM', 'RUN', 'CMD'])
    expect(document.instructions[1]!.hereDocuments.map(({ body }) => said(document, body))).toEqual([
      'USER 1\n',
      'USER 2\n',
    ])
    expect(document.oddities).toEqual([])
  })

  it('are scripts where they stand alone, and input where they do not', () => {
    const document = read(lines('FROM a', 'RUN <<EOF', 'set -e', 'b c', 'EOF', 'RUN cat > d <<EOF', 'e f', 'EOF'))
    expect(calls(document, 1)).toEqual(['set', 'b'])
    expect(calls(document, 2)).toEqual(['cat'])
  })

  it('are none in quotes, in other instructions, and where they shift bits or compare', () => {
    for (const text of [
      'RUN echo "<<EOF"',
      "RUN echo ' <<EOF '",
      'LABEL a=<<EOF',
      'RUN cat <<<EOF',
      'RUN echo $((1<<A))',
    ]) {
      const document = read(lines('FROM a', text, 'USER b'))
      expect(document.problems, text).toEqual([])
      expect(keywords(document), text).toHaveLength(3)
    }
  })

  it('are left alone where builders do not agree, or where they do not end', () => {
    expect(read(lines('FROM a', 'RUN cat << EOF', 'b', 'EOF')).problems[0]).toBe(
      'the here-document on line 2 has a space before its name, which builders read in two ways',
    )
    expect(read(lines('FROM a', "RUN cat <<- 'EOF'", 'b', 'EOF')).problems).not.toEqual([])
    expect(read(lines('FROM a', 'RUN <<EOF', 'b')).problems).toEqual(['the here-document EOF on line 2 does not end'])
  })
})

describe('comments', () => {
  it('are lines that begin with a hash, and nothing else', () => {
    const text = lines('# a', 'FROM b # no', '  # c', 'RUN d \\', '# e', '  && f "# no"', 'RUN <<EOF', '# no', 'EOF')
    const document = read(text)
    expect(document.comments.map((comment) => said(document, comment))).toEqual(['# a', '# c', '# e'])
  })
})

describe('stages', () => {
  const document = read(
    lines(
      'ARG V=1',
      'FROM a:$V AS One',
      'RUN b',
      'FROM --platform=$BUILDPLATFORM one AS two',
      'FROM scratch',
      'COPY --from=one c d',
    ),
  )

  it('hold what stands between one FROM and the next', () => {
    expect(document.stages.map(({ instructions }) => instructions.map(({ keyword }) => keyword))).toEqual([
      ['FROM', 'RUN'],
      ['FROM'],
      ['FROM', 'COPY'],
    ])
    expect(document.instructions.map(({ stage }) => stage)).toEqual([-1, 0, 0, 1, 2, 2])
  })

  it('know their name, image and parent', () => {
    expect(document.stages).toMatchObject([
      { index: 0, name: 'one', image: 'a:1', parent: undefined },
      { index: 1, name: 'two', base: { value: 'one' }, parent: { name: 'one' } },
      { index: 2, name: undefined, image: 'scratch', parent: undefined },
    ])
  })

  it('begin from the latest stage of a name, never from themselves', () => {
    const { stages } = read('FROM a AS a\nFROM a AS b\nFROM a AS a\n')
    expect(stages.map(({ parent }) => parent?.index)).toEqual([undefined, 0, 0])
  })
})

describe('variables', () => {
  /** What `$X` is right before the last instruction. */
  const x = (...all: readonly string[]) => {
    const document = read(lines(...all, 'CMD x'))
    return document.expand('$X', document.instructions.at(-1)!)
  }

  it('hold what ARG and ENV say, from then on', () => {
    expect(x('FROM a', 'ARG X=1')).toBe('1')
    expect(x('FROM a', 'ENV X=1')).toBe('1')
    expect(x('FROM a', 'ENV X 1 2')).toBe('1 2')
    expect(x('FROM a', 'ENV X="1 2"')).toBe('1 2')
    expect(x('FROM a', 'ENV X=1', 'ENV X=2')).toBe('2')
    expect(x('FROM a', 'ARG Y=1', 'ENV X=$Y.${Y}')).toBe('1.1')
    const document = read(lines('FROM a', 'RUN b', 'ENV X=1'))
    expect(document.expand('$X', document.instructions[1]!)).toBeUndefined()
  })

  it('see what stands before the first FROM only in FROM, or where ARG asks for it', () => {
    expect(x('ARG X=1', 'FROM a')).toBeUndefined()
    expect(x('ARG X=1', 'FROM a', 'ARG X')).toBe('1')
    expect(x('ARG X=1', 'FROM a', 'ARG X=2')).toBe('2')
    expect(read('ARG X=1\nFROM a:${X}\n').stages[0]?.image).toBe('a:1')
    expect(read('ARG X\nFROM a:${X}\n').stages[0]?.image).toBeUndefined()
    expect(read('FROM b\nARG X=1\nFROM a:${X}\n').stages[1]?.image).toBeUndefined()
  })

  it('fall back, and replace', () => {
    expect(read('ARG X\nFROM a:${X:-2}\n').stages[0]?.image).toBe('a:2')
    expect(read('ARG X=\nFROM a:${X:-2}\n').stages[0]?.image).toBe('a:2')
    expect(read('ARG X=1\nFROM a:${X:-2}\n').stages[0]?.image).toBe('a:1')
    expect(read('ARG X=1\nFROM a${X:+:b}\n').stages[0]?.image).toBe('a:b')
    expect(read('FROM a${X:+:b}\n').stages[0]?.image).toBe('a')
    expect(read('ARG X=1\nARG Y=${X}2\nFROM a:${Z-$Y}\n').stages[0]?.image).toBe('a:12')
    expect(read('FROM a:${X:?no}\n').stages[0]?.image).toBeUndefined()
    expect(read('FROM a:\\$X\n').stages[0]?.image).toBe('a:$X')
  })

  it('hold what ENV says wherever ARG says something else', () => {
    expect(x('FROM a', 'ENV X=1', 'ARG X=2')).toBe('1')
    expect(x('FROM a', 'ARG X=2', 'ENV X=1')).toBe('1')
    expect(x('FROM a', 'ENV X=1', 'ARG X')).toBe('1')
  })

  it('come from the stage below if ENV made them, not if ARG did', () => {
    expect(x('FROM a AS b', 'ENV X=1', 'FROM b AS c', 'FROM c')).toBe('1')
    expect(x('FROM a AS b', 'ENV X=1', 'FROM b', 'ENV X=2')).toBe('2')
    expect(x('FROM a AS b', 'ENV X=1', 'FROM b', 'ARG X=2')).toBe('1')
    expect(x('FROM a AS b', 'ARG X=1', 'FROM b')).toBeUndefined()
    expect(x('FROM a AS b', 'ENV X=1', 'FROM a')).toBeUndefined()
  })

  it('cannot be known where they come from outside', () => {
    expect(x('FROM a', 'ARG X')).toBeUndefined()
    expect(x('FROM a', 'ENV X=$Y')).toBeUndefined()
    expect(x('FROM a')).toBeUndefined()
  })

  it('stay small however often they are doubled', () => {
    const doubled = Array.from({ length: 60 }, (_, i) => `ENV X${i + 1}=$X${i}$X${i}`)
    const document = read(lines('FROM a', 'ENV X0=ha', ...doubled, 'CMD x'))
    expect(document.expand('$X5', document.instructions.at(-1)!)).toHaveLength(64)
    expect(document.expand('$X60', document.instructions.at(-1)!)).toBeUndefined()
    const itself = Array.from({ length: 60 }, () => 'ENV X=$X$X')
    const other = read(lines('FROM a', 'ENV X=ha', ...itself, 'CMD x'))
    expect(other.expand('$X', other.instructions.at(-1)!)).toBeUndefined()
  })
})

describe('shell text', () => {
  it('has its places in the file', () => {
    const document = read('FROM a\nRUN b \\\n  # why\n  && c d\nHEALTHCHECK --interval=5s CMD e f\n')
    const commands = [1, 2].flatMap((index) => document.shell(document.instructions[index]!).commands)
    expect(commands.map((command) => said(document, command))).toEqual(['b', 'c d', 'e f'])
  })

  it('is that of RUN, CMD and ENTRYPOINT in shell form, and of nothing else', () => {
    const document = read(lines('FROM a', 'RUN b', 'CMD ["c"]', 'ENTRYPOINT d', 'HEALTHCHECK NONE', 'COPY e f'))
    expect(document.instructions.map(({ index }) => calls(document, index))).toEqual([[], ['b'], [], ['d'], [], []])
    expect(document.oddities).toEqual([])
  })

  it('that is broken is odd, and no reason to leave the file alone', () => {
    const document = read(lines('FROM a', 'RUN if true; then', 'RUN b'))
    expect(document.problems).toEqual([])
    expect(document.oddities.length).toBeGreaterThan(0)
  })
})

describe('a file is left alone', () => {
  const problem = (...all: readonly string[]) => read(lines(...all)).problems.join('\n')

  it('that is a template', () => {
    expect(problem('FROM {{ image }}')).toBe('line 1 is a template ({{)')
    expect(problem('FROM a', '{% if b %}', 'RUN c')).toBe('line 2 is a template ({%)')
    expect(problem('FROM a', 'COPY <%= b %> c')).toBe('line 2 is a template (<%)')
    expect(problem('FROM a:@@VERSION@@')).toBe('line 1 is a template (@@VERSION@@)')
    expect(problem('FROM a', "RUN docker inspect -f '{{.Id}}' b")).toBe('')
  })

  it('that says it is generated', () => {
    expect(problem('# Generated by make', 'FROM a')).toMatch(/^line 1 says that it is generated/)
    expect(problem('# NOTE: do not edit', 'FROM a')).toMatch(/^line 1 says/)
    expect(problem('FROM a', '# generated by hand')).toBe('')
  })

  it('that is for Windows', () => {
    expect(problem('FROM mcr.microsoft.com/windows/servercore:ltsc2022')).toMatch(/Windows/)
    expect(problem('ARG B=mcr.microsoft.com/windows', 'FROM ${B}/nanoserver:1809')).toMatch(/Windows/)
    expect(problem('# escape=`', 'FROM a')).toMatch(/Windows/)
    expect(problem('FROM windowsill:1')).toBe('')
  })

  it('that is no Dockerfile', () => {
    expect(problem('')).toBe('it has no FROM instruction')
    expect(problem('# nothing')).toBe('it has no FROM instruction')
    expect(problem('RUN a', 'FROM b')).toBe('line 1 stands before the first FROM')
    expect(problem('FROM a', 'RUN b', '  && c')).toBe('line 3 holds no instruction that builders know')
    expect(problem('FROM a', 'FROM')).toBe('the FROM on line 2 names no image')
    expect(problem('FROM a', 'COPY b\\', 'c d')).toBe('a word is split over two lines at line 2')
  })
})

describe('hostile text', () => {
  /** Reads all there is to read. What these texts guard against takes minutes, so that the test would time out. */
  const timed = (text: string) => {
    const document = read(text)
    document.oddities.length
    for (const instruction of document.instructions.slice(0, 50)) document.expand('$A$B${C:-d}', instruction)
    return document
  }

  it('of very many instructions is read', () => {
    const many = (line: string, n = 19_990) => timed(lines('FROM a', ...Array.from({ length: n }, () => line)))
    expect(many('RUN b').instructions).toHaveLength(19_991)
    expect(many('ENV A=$A$B').instructions).toHaveLength(19_991)
    expect(many('FROM a AS b').stages).toHaveLength(19_991)
    expect(many('FROM b AS b').stages).toHaveLength(19_991)
    expect(many('COPY --from=b c d').problems).toEqual([])
    expect(many('# c').comments).toHaveLength(19_990)
    expect(timed(`FROM a\nRUN b${' \\\n  && c'.repeat(19_000)}\n`).instructions).toHaveLength(2)
    expect(many('RUN b', 20_000).problems).toEqual(['it has more than 20,000 instructions'])
  }, 120_000)

  it('of very many here-documents is read', () => {
    expect(timed(lines('FROM a', ...Array.from({ length: 1_900 }, () => 'RUN <<E\nb\nE'))).instructions).toHaveLength(
      1_901,
    )
  }, 60_000)

  it('in one very long line is read', () => {
    for (const text of ['ENV A="', 'ENV A=', 'ARG ', 'LABEL ', 'COPY --a=', 'CMD ["', 'FROM ', 'RUN ', 'RUN --a='])
      for (const filler of ['b ', '\\', '\\"', '"', "'", '$', '${', ' ', '\t', '=', '--a '])
        timed(`FROM a\n${text}${filler.repeat(120_000 / filler.length)}\n`)
    expect(timed(`FROM a\nENV A=${'b'.repeat(1_000_000)}\n`).instructions).toHaveLength(2)
  }, 120_000)

  it('that is larger than anybody writes is left alone', () => {
    expect(read(`FROM a\n#${'x'.repeat(4 << 20)}`).problems).toEqual(['it is larger than 4 MiB'])
    expect(read(`FROM a\nRUN ${'b'.repeat(1 << 17)}`).problems).toEqual([
      'line 2 holds more shell text than a shell takes',
    ])
    expect(read(`FROM a\n${'\n'.repeat(60_000)}`).problems).toEqual(['it has more than 60,000 lines'])
  })

  it('deeply nested in the shell is read or is odd', () => {
    for (const [open, close] of [
      ['(', ')'],
      ['{ ', '; }'],
      ['$(', ')'],
      ['`', '`'],
      ['if a; then ', '; fi'],
      ['"$(', ')"'],
    ])
      timed(`FROM a\nRUN ${open!.repeat(20_000)}b${close!.repeat(20_000)}\n`)
  }, 120_000)
})

/** Text made of what Dockerfiles are made of, in any order. */
const scraps = fc
  .array(
    fc.constantFrom(
      ...[
        'FROM a',
        'from b AS c',
        'RUN x',
        'COPY',
        'ENV A=$B',
        'ARG ${',
        'CMD ["a"',
        ']',
        'HEALTHCHECK CMD',
        'ONBUILD ',
      ],
      ...[
        '<<EOF',
        '<<-"E"',
        'EOF',
        '\\',
        '\\\\',
        '`',
        '#',
        '# escape=`',
        '\n',
        '\r\n',
        '\r',
        '\n\n',
        ' ',
        '\t',
        '\uFEFF',
      ],
      ...[
        '"',
        "'",
        '--chown=a:b',
        '--from=',
        '&&',
        '|',
        ';',
        '(',
        ')',
        '$(',
        '{',
        '}',
        'é',
        '😀',
        '\0',
        '\u2028',
        '\f',
      ],
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''))

/** Dockerfiles that builders accept, and what each instruction says. */
const words = fc.array(
  fc.stringMatching(/^[a-z0-9/._=:-]{1,8}$/).filter((word) => !/^(--|=)/.test(word)),
  {
    minLength: 1,
    maxLength: 4,
  },
)
const instruction = fc.record({
  keyword: fc.constantFrom('RUN', 'run', 'Copy', 'WORKDIR', 'USER', 'EXPOSE', 'STOPSIGNAL'),
  words,
  gap: fc.constantFrom(' ', '  ', '\t', ' \\\n ', ' \\\n# c\n  ', ' \\\n\n ', ' \\ \n'),
  before: fc.constantFrom('', '\n', '# c\n', '  '),
})
const valid = fc.record({
  head: fc.constantFrom('', '\uFEFF', '# syntax=docker/dockerfile:1\n'),
  all: fc.array(instruction, { maxLength: 8 }),
  eol: fc.constantFrom('\n', '\r\n'),
  end: fc.boolean(),
})

describe('on any text', () => {
  it('reading never throws, and every range lies where it says', () => {
    fc.assert(
      fc.property(fc.oneof(scraps, fc.string({ unit: 'binary' })), (text) => {
        const document = read(text)
        document.oddities.length
        let last = 0
        for (const one of document.instructions) {
          expect(one.start).toBeGreaterThanOrEqual(last)
          expect(one.end).toBeGreaterThanOrEqual(one.start)
          expect(one.end).toBeLessThanOrEqual(text.length)
          expect(said(document, one).toUpperCase()).toMatch(/^[^ \t\r\n]/)
          if (document.problems.length === 0) {
            expect(text.slice(one.start, one.start + one.keyword.length).toUpperCase()).toBe(one.keyword)
            if (!one.json) for (const word of one.words) expect(word.end - word.start).toBe(word.value.length)
            expect(one.args.start).toBeGreaterThanOrEqual(one.start + one.keyword.length)
          }
          document.shell(one)
          document.expand('${A:-$B}', one)
          last = one.end
        }
        for (const comment of document.comments) expect(said(document, comment)).toMatch(/^#/)
      }),
      { numRuns: 3000 },
    )
  })

  it('reading gives back what was written', () => {
    fc.assert(
      fc.property(valid, ({ head, all, eol, end }) => {
        const body = all.map(({ keyword, words, gap, before }) => `${before}${keyword}${gap}${words.join(gap)}`)
        const text = `${head}${['FROM a', ...body].join('\n')}`.replaceAll('\n', eol) + (end ? eol : '')
        const document = read(text)
        expect(document.problems.filter((problem) => !/split over two lines/.test(problem))).toEqual([])
        expect(keywords(document)).toEqual(['FROM', ...all.map(({ keyword }) => keyword.toUpperCase())])
        expect(document.instructions.slice(1).map((one) => values(one.words))).toEqual(all.map(({ words }) => words))
        for (const one of document.instructions)
          for (const word of one.words) expect(said(document, word)).toBe(word.value)
      }),
      { numRuns: 1000 },
    )
  })
})
