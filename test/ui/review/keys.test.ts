import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadLenses } from '../../../src/documents/index.js'
import { begin, replay, written } from '../../../src/review/session.js'
import { afterWrite, edited, replanned } from '../../../src/ui/review/events.js'
import { type Key, reduce } from '../../../src/ui/review/keys.js'
import { fitted, render } from '../../../src/ui/review/screen.js'
import { onScreen, shownFix, tally, type View, viewOf } from '../../../src/ui/review/view.js'
import { dockerfile, sessionOf, textOf } from '../../review/project.js'
import { screen } from './screens.js'

beforeAll(() => loadLenses(['Dockerfile']))

/** Two files; 1 and 3 take a look, 2 and 4 are safe. */
const start = () =>
  viewOf(sessionOf({ Dockerfile: dockerfile('bad 1', 'bad 2', 'bad 3', 'loose'), 'b/Dockerfile': dockerfile('bad 4') }))

const press = (view: View, ...keys: readonly Key[]) =>
  keys.reduce((now, key) => reduce(fitted(now, screen()), key), view)
const type = (view: View, text: string) => press(view, ...text, 'enter')
const states = ({ session }: View) => session.questions.map(({ state }) => state)
const text = (view: View) => textOf(view.session, 'Dockerfile')

describe('a key', () => {
  it('accepts, skips, and goes on to what is open', () => {
    const view = press(start(), 'y', 'n')
    expect(states(view)).toEqual(['accepted', 'skipped', 'open', 'open', 'open'])
    expect(onScreen(view)?.finding.at.path).toBe('Dockerfile')
    expect(view.at).toBe(3)
  })

  it('never accepts by Enter, space or a move', () => {
    const keys = fc.constantFrom(
      'enter',
      ' ',
      'pagedown',
      'pageup',
      'home',
      'end',
      'j',
      'k',
      'J',
      'K',
      '<',
      '>',
      'x',
      '+',
      '-',
      '|',
      'tab',
      'escape',
      'up',
      'down',
    )
    fc.assert(
      fc.property(fc.array(keys, { maxLength: 20 }), (list) => {
        const view = start()
        expect(press(view, ...list).session).toBe(view.session)
      }),
    )
  })

  it('says so when it means nothing', () => {
    expect(press(start(), 'z').notice).toBe('z means nothing here; ? shows the keys')
  })

  it('scrolls to the end before Enter goes on', () => {
    const long = viewOf(sessionOf({ Dockerfile: dockerfile('bad 1', 'bad 2') }))
    const small = (view: View, key: Key) => reduce(fitted(view, screen({ rows: 12 })), key)
    const scrolled = small(long, 'enter')
    expect(scrolled.at).toBe(1)
    expect(scrolled.scroll).toBeGreaterThan(0)
    let view = scrolled
    for (let i = 0; i < 5 && view.at === 1; i++) view = small(view, 'enter')
    expect(view.at).toBe(2)
    expect(view.session).toBe(long.session)
  })
})

describe('an answer about many', () => {
  it('asks for their number where they want a look, and takes no other', () => {
    const asking = press(start(), 'r')
    expect(asking.mode).toMatchObject({ kind: 'count', keys: [1, 3] })
    expect(states(type(asking, '3'))).toEqual(states(start()))
    expect(states(type(asking, '2'))).toEqual(['accepted', 'open', 'accepted', 'open', 'open'])
  })

  it('does not cross levels: r on a safe one takes the safe ones', () => {
    expect(states(press(start(), 'j', 'r'))).toEqual(['open', 'accepted', 'open', 'accepted', 'open'])
  })

  it('a takes what is safe in the file, A what is safe anywhere', () => {
    expect(states(press(start(), 'a'))).toEqual(['open', 'accepted', 'open', 'open', 'accepted', 'open'])
    const all = press(start(), 'A')
    expect(states(all).filter((state) => state === 'accepted')).toHaveLength(3)
    expect(text(all)).toContain('bad 1')
  })

  it('R skips the rule at this level, d the rest of the file', () => {
    expect(states(press(start(), 'R'))).toEqual(['skipped', 'open', 'skipped', 'open', 'open'])
    expect(states(press(start(), 'd'))).toEqual(['skipped', 'skipped', 'skipped', 'open', 'skipped'])
  })

  it('is one step to take back', () => {
    const before = start()
    expect(press(before, 'A', 'u').session).toBe(before.session)
  })

  it('counts alternatives that were chosen at their own level', () => {
    const other = press(start(), 'j', 'tab')
    expect(shownFix(other)?.title).toBe('Remove the line')
    expect(press(other, 'a', 'u').mode.kind).toBe('ask')
    expect(states(press(other, 'A'))).toEqual(['open', 'open', 'open', 'accepted', 'accepted', 'open'])
  })
})

describe('undo and redo', () => {
  const deciding = fc.constantFrom('y', 'n', 'r', 'R', 'a', 'd', 'A', 's')
  const anything = fc.constantFrom('y', 'n', 'a', 'd', 'A', 'R', 'u', 'U', 'j', 'k', 'tab', 's', '<', '>')

  it('undo is the opposite of deciding, and redo of undo', () => {
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 12 }), deciding, (before, key) => {
        const view = press(start(), ...before)
        if (view.mode.kind !== 'ask') return
        const decided = press(view, key)
        if (decided.session === view.session) return
        const undone = press({ ...decided, mode: { kind: 'ask' } }, 'u')
        expect(undone.session).toBe(view.session)
        expect(undone.at).toBe(view.at)
        expect(press(undone, 'U').session).toBe(decided.session)
      }),
    )
  })

  it('go back to the start and no further', () => {
    const view = press(start(), 'y', 'n', 'A', 'u', 'u', 'u', 'u')
    expect(view.session).toBe(view.future[0] ? view.session : undefined)
    expect(states(view)).toEqual(states(start()))
    expect(view.notice).toBe('there is nothing to take back')
  })

  it('a new answer forgets what could be done again', () => {
    expect(press(start(), 'y', 'u', 'n', 'U').notice).toBe('there is nothing to do again')
  })
})

describe('a decided one', () => {
  it('can be looked at again and decided otherwise', () => {
    const accepted = press(start(), 'y', 'K')
    expect(onScreen(accepted)?.state).toBe('accepted')
    expect(press(accepted, 'y').notice).toBe('this is accepted already; n takes it back')
    const back = press(accepted, 'n')
    expect(states(back)[0]).toBe('skipped')
    expect(text(back)).toContain('bad 1')
    const yes = press(start(), 'n', 'K', 'y')
    expect(text(yes)).toContain('good 1')
  })
})

describe('ignoring', () => {
  it('asks for a reason, shows the comment, and writes it on y', () => {
    const typed = type(press(start(), 'i'), 'the vendor insists')
    expect(typed.draft).toMatchObject({ by: 'comment' })
    expect(typed.session).toBe(typed.past[0]?.session ?? typed.session)
    const view = press(typed, 'y')
    expect(states(view)[0]).toBe('kept')
    expect(text(view)).toContain('# harden: keep bad-words — the vendor insists\nRUN bad 1')
    expect(press(typed, 'n').draft).toBeUndefined()
  })

  it('wants a reason', () => {
    expect(type(press(start(), 'i'), '  ').notice).toMatch(/^a reason is needed/)
  })

  it('takes back letters, words and the whole question', () => {
    const typing = press(start(), 'i', 'a', 'b', 'backspace', '\x07', 'é')
    expect(typing.mode).toMatchObject({ typed: 'aé' })
    expect(press(typing, 'ctrl-u').mode).toMatchObject({ typed: '' })
    expect(press(typing, 'escape').mode.kind).toBe('ask')
  })
})

describe('editing', () => {
  it('asks for the proposed result and shows what came back before it is taken', () => {
    const asking = press(start(), 'e')
    if (asking.wish?.do !== 'edit') throw new Error('no wish to edit')
    const proposed = asking.wish.texts.get('Dockerfile')!
    expect(proposed).toContain('RUN good 1')
    const back = edited(asking, 1, new Map([['Dockerfile', proposed.replace('good 1', 'better 1')]]))
    expect(back.draft).toMatchObject({ by: 'hand' })
    expect(back.session).toBe(asking.session)
    expect(text(press(back, 'y'))).toContain('RUN better 1')
    expect(press(back, 'n').draft).toBeUndefined()
  })

  it('does not take a text that no longer reads', () => {
    const back = edited(press(start(), 'e'), 1, new Map([['Dockerfile', 'NONSENSE\n']]))
    expect(back.draft).toBeUndefined()
    expect(back.notice).toMatch(/^the edited text was not taken/)
  })
})

describe('finding one’s way', () => {
  it('moves by question, by file, and round the end', () => {
    expect(press(start(), '>').at).toBe(4)
    expect(press(start(), '>', '>').at).toBe(5)
    expect(press(start(), '>', '<').at).toBe(1)
    expect(press(start(), 'K').notice).toBe('this is the first one')
    expect(press(start(), 'k').at).toBe(5)
    expect(press(start(), 'y', 'K', 'j').at).toBe(2)
  })

  it('goes to a number', () => {
    expect(type(press(start(), 'g'), '4').at).toBe(4)
    expect(type(press(start(), 'g'), '99').notice).toBe('there is no "99" in the list')
  })

  it('scrolls a list that is longer than the screen, and begins it near where one is', () => {
    const many = viewOf(sessionOf({ Dockerfile: dockerfile(...Array.from({ length: 60 }, (_, i) => `bad ${2 * i}`)) }))
    const list = press(type(press(many, 'g'), '40'), 'g')
    expect(render(list, screen())).toContain('> 40   Dockerfile:41')
    expect(render(press(list, 'home'), screen())).toContain('   1   Dockerfile:2')
    expect(render(press(list, 'end'), screen())).toContain('  60   Dockerfile:61')
  })

  it('searches in what is shown, again with nothing typed', () => {
    const found = type(press(start(), '/'), 'LOOSE')
    expect(found.at).toBe(5)
    expect(type(press(start(), '/'), 'good [34]').at).toBe(3)
    expect(type(press(type(press(start(), '/'), 'good [34]'), '/'), '').at).toBe(4)
    expect(type(press(start(), '/'), '([').notice).toBe('nothing contains "(["')
  })

  it('filters, and lets go of the filter once nothing is left in it', () => {
    const filtered = type(press(start(), 'f'), 'sev>=medium rule:loose-*')
    expect(filtered.at).toBe(5)
    const done = press(filtered, 'n')
    expect(done.filter).toBeUndefined()
    expect(done.at).toBe(1)
    expect(type(press(start(), 'f'), 'file:b/*').at).toBe(4)
    expect(type(press(start(), 'f'), 'safe').at).toBe(2)
    expect(type(press(start(), 'f'), 'sev>=awful').notice).toMatch(/is no filter/)
    expect(type(press(start(), 'f'), 'nowhere').notice).toBe('nothing fits that filter')
    expect(press(type(press(start(), 'f'), 'safe'), 'escape').filter).toBeUndefined()
  })
})

describe('splitting', () => {
  it('asks about the pieces, and undoes as one step', () => {
    const view = viewOf(sessionOf({ Dockerfile: dockerfile('many a b', 'bad 1') }))
    const at = press(view, 'J')
    const pieces = press(at, 's')
    expect(pieces.session.questions.map(({ part }) => part)).toEqual([undefined, 'Take out a', 'Take out b'])
    expect(onScreen(pieces)?.part).toBe('Take out a')
    expect(press(pieces, 'u').session).toBe(view.session)
  })

  it('says why it cannot', () => {
    expect(press(start(), 's').notice).toBe('it is one edit')
    expect(type(press(start(), '/'), 'loose').at).toBe(5)
    expect(press(type(press(start(), '/'), 'loose'), 's').notice).toBe('its 2 edits need each other')
  })
})

describe('leaving', () => {
  it('is offered once everything is decided, and can be taken back', () => {
    const view = press(start(), 'd', 'n')
    expect(view.mode.kind).toBe('leave')
    expect(press(view, 'u').mode.kind).toBe('ask')
    expect(press(view, 'b').mode.kind).toBe('ask')
  })

  it.each([
    ['y', 'apply'],
    ['l', 'later'],
    ['d', 'discard'],
  ])('%s means %s', (key, wish) => {
    expect(press(start(), 'y', 'q', key).wish).toEqual({ do: wish })
  })

  it('with nothing accepted has nothing to apply', () => {
    expect(press(start(), 'q', 'y').wish).toEqual({ do: 'discard' })
    expect(press(start(), 'w').notice).toBe('nothing is accepted yet')
  })

  it('stops at once at Ctrl-C, whatever is going on', () => {
    for (const before of [[], ['q'], ['i', 'a'], ['?'], ['r']]) {
      expect(press(start(), ...before, 'ctrl-c').wish).toEqual({ do: 'stop' })
    }
  })
})

describe('a write in between', () => {
  it('keeps what was decided, and is not undone by u', () => {
    const view = press(start(), 'y', 'n', 'w')
    expect(view.wish).toEqual({ do: 'write' })
    const after = afterWrite(view, written(view.session))
    expect(states(after)).toEqual(['written', 'skipped', 'open', 'open', 'open'])
    expect(press(after, 'u').notice).toBe('there is nothing to take back')
    expect(press(after, 'K', 'K', 'n').notice).toMatch(/^it is written already/)
    expect(tally(after)).toMatchObject({ written: 1, skipped: 1 })
  })
})

describe('a file that changed on disk', () => {
  it('is planned again on what it says now', () => {
    const view = press(start(), 'y', 'n')
    const fresh = sessionOf({
      Dockerfile: `# hello\n${dockerfile('bad 1', 'bad 2')}`,
      'b/Dockerfile': dockerfile('bad 4'),
    })
    const { session, lost } = replay(begin(fresh.base, fresh.scope), view.session.answers)
    const after = replanned(view, session, lost, ['Dockerfile'])
    expect(states(after)).toEqual(['accepted', 'skipped', 'open'])
    expect(after.notice).toBe('Dockerfile changed on disk and was planned again')
    expect(text(after)).toBe(`# hello\n${dockerfile('good 1', 'bad 2')}`)
    expect(onScreen(after)?.state).toBe('open')
  })
})
