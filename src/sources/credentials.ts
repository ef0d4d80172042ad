import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** A name and a password, or a token that is changed for another one. */
export interface Credentials {
  readonly username: string
  readonly secret: string
  readonly isRefreshToken: boolean
}

/** What a registry may be told of who we are; `undefined` to ask as anybody. */
export type FindCredentials = (registry: string) => Promise<Credentials | undefined>

/** Docker Hub stands in the configuration under the address it had first. */
const HUB = 'https://index.docker.io/v1/'

const PATIENCE = 10_000
const LONGEST = 64 * 1024

/** The credentials of Docker's configuration: written there, or kept by the program that it names. No other place is looked at. */
export function dockerCredentials(environment: NodeJS.ProcessEnv = process.env): FindCredentials {
  let configuration: Data | undefined
  return async (registry) => {
    configuration ??= readConfiguration(environment)
    const keys = registry === 'docker.io' ? [HUB] : [registry, `https://${registry}`]
    const helpers = dataIn(configuration.credHelpers)
    const helper = keys.map((key) => helpers[key]).find(isText) ?? configuration.credsStore
    if (isText(helper)) return ofHelper(helper, keys[0]!, environment)
    const auths = dataIn(configuration.auths)
    const entry = keys.map((key) => own(auths, key)).find((value) => value !== undefined)
    return ofEntry(dataIn(entry))
  }
}

type Data = Readonly<Record<string, unknown>>

function readConfiguration(environment: NodeJS.ProcessEnv): Data {
  try {
    const folder = environment.DOCKER_CONFIG || join(environment.HOME || homedir(), '.docker')
    return dataIn(JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')))
  } catch {
    // Most people have none, and what cannot be read holds no credentials.
    return {}
  }
}

function ofEntry(entry: Data): Credentials | undefined {
  const [username = '', ...rest] = isText(entry.auth) ? Buffer.from(entry.auth, 'base64').toString().split(':') : []
  if (isText(entry.identitytoken)) return { username, secret: entry.identitytoken, isRefreshToken: true }
  const secret = rest.join(':').replace(/\0+$/, '')
  return username && secret ? { username, secret, isRefreshToken: false } : undefined
}

/** Asks a credential helper the way Docker does: the address on its standard input, JSON on its output. */
function ofHelper(name: string, server: string, env: NodeJS.ProcessEnv): Promise<Credentials | undefined> {
  if (!/^[\w.-]+$/.test(name)) return Promise.resolve(undefined)
  return new Promise((resolve) => {
    const options = { env, timeout: PATIENCE, maxBuffer: LONGEST, windowsHide: true }
    const child = execFile(`docker-credential-${name}`, ['get'], options, (error, stdout) => {
      resolve(error ? undefined : fromHelper(stdout))
    })
    child.stdin?.on('error', () => {})
    child.stdin?.end(server)
  })
}

function fromHelper(output: string): Credentials | undefined {
  try {
    const { Username: username, Secret: secret } = dataIn(JSON.parse(output))
    if (!isText(username) || !isText(secret)) return undefined
    return { username, secret, isRefreshToken: username === '<token>' }
  } catch {
    return undefined
  }
}

function own(data: Data, key: string): unknown {
  return Object.hasOwn(data, key) ? data[key] : undefined
}

function dataIn(value: unknown): Data {
  return typeof value === 'object' && value !== null ? (value as Data) : {}
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
