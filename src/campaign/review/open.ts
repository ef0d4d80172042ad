import { ConfigurationError } from '../../load.js'
import type { CampaignSettings } from '../model.js'
import { GitError, type Repository } from '../repository.js'
import { type ChangesPlan, type Subject, subjectOf } from './subject.js'

/** A repository that cannot be reviewed, and why: its plan stays as it is. */
export interface NotReviewed {
  readonly planned: ChangesPlan
  /** One sentence without its full stop. */
  readonly reason: string
}

export interface Opened {
  readonly subjects: readonly Subject[]
  readonly notReviewed: readonly NotReviewed[]
}

/**
 * Opens the repositories of a plan at the commits that the plan rests on. What is wrong with one of them keeps nobody from
 * reviewing the others.
 * @param open Gives a repository at its planned commit; it throws a GitError if it cannot be had.
 * @throws GitError of kind `interrupted`
 */
export async function openSubjects(
  planned: readonly ChangesPlan[],
  settings: CampaignSettings,
  open: (planned: ChangesPlan) => Promise<Repository>,
): Promise<Opened> {
  const subjects: Subject[] = []
  const notReviewed: NotReviewed[] = []
  const left = planned.values()
  const lane = async () => {
    for (const each of left) {
      const subject = await subjectFrom(each, settings, open)
      if ('reason' in subject) notReviewed.push(subject)
      else subjects.push(subject)
    }
  }
  try {
    const lanes = await Promise.allSettled(Array.from({ length: WIDTH }, lane))
    for (const each of lanes) if (each.status === 'rejected') throw each.reason
  } catch (error) {
    await Promise.all(subjects.map(({ repository }) => repository.close()))
    throw error
  }
  const place = ({ planned: { slug } }: NotReviewed | Subject) => planned.findIndex((each) => each.slug === slug)
  return {
    subjects: subjects.sort((a, b) => place(a) - place(b)),
    notReviewed: notReviewed.sort((a, b) => place(a) - place(b)),
  }
}

/** Repositories that are fetched at the same time. */
const WIDTH = 4

async function subjectFrom(
  planned: ChangesPlan,
  settings: CampaignSettings,
  open: (planned: ChangesPlan) => Promise<Repository>,
): Promise<Subject | NotReviewed> {
  let repository: Repository | undefined
  try {
    repository = await open(planned)
    if (repository.base.commit !== planned.base.commit) throw new GitError('missing', 'its planned commit is not there')
    return await subjectOf(planned, repository, settings)
  } catch (error) {
    await repository?.close()
    if (error instanceof ConfigurationError) return { planned, reason: error.faults[0] ?? error.message }
    if (!(error instanceof GitError) || error.kind === 'interrupted') throw error
    return { planned, reason: error.message }
  }
}
