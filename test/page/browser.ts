import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import puppeteer, { type Browser, type Page } from 'puppeteer-core'

/** A page in headless Chromium, and what it did that it must not do. */
export interface Opened {
  readonly page: Page
  /** Requests for anything but the page itself. */
  readonly requests: readonly string[]
  /** Errors, warnings and dialogs. */
  readonly troubles: readonly string[]
}

/** Debian's, unless another is named. */
const PROGRAM = process.env.CHROMIUM ?? '/usr/bin/chromium'

/** Whether there is a browser to try pages in. */
export const hasChromium = existsSync(PROGRAM)

/** A browser, with pages that lie in a folder of their own. */
export class Chromium {
  private constructor(
    private readonly browser: Browser,
    private readonly folder: string,
  ) {}

  static async start(): Promise<Chromium> {
    const args = ['--no-sandbox', '--headless=new', '--disable-background-networking', '--no-first-run']
    const browser = await puppeteer.launch({ executablePath: PROGRAM, args })
    return new Chromium(browser, mkdtempSync(join(tmpdir(), 'harden-page-')))
  }

  async stop(): Promise<void> {
    await this.browser.close()
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** Opens a text as a file from disk; every request for something else is noted and refused. */
  async open(html: string, how: { fragment?: string; script?: boolean; width?: number } = {}): Promise<Opened> {
    const context = await this.browser.createBrowserContext()
    const page = await context.newPage()
    const file = join(this.folder, 'review.html')
    writeFileSync(file, html)
    const url = pathToFileURL(file).href
    const requests: string[] = []
    const troubles: string[] = []
    await page.setRequestInterception(true)
    page.on('request', (request) => {
      if (request.url().split('#')[0] === url) return void request.continue()
      requests.push(request.url())
      void request.abort()
    })
    page.on('console', (message) => {
      if (['error', 'warn'].includes(message.type())) troubles.push(message.text())
    })
    page.on('pageerror', (error) => troubles.push(String(error)))
    page.on('dialog', (dialog) => {
      troubles.push(`dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
    await page.setViewport({ width: how.width ?? 1300, height: 900 })
    await page.setJavaScriptEnabled(how.script ?? true)
    await page.goto(`${url}${how.fragment ?? ''}`)
    return { page, requests, troubles }
  }
}

/** Waits until what was done has been drawn. */
export async function drawn(page: Page): Promise<void> {
  await page.evaluate(
    'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 30))))',
  )
}

/** Presses keys one after the other; a capital letter with Shift. */
export async function press(page: Page, ...keys: readonly string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key as 'j')
  await drawn(page)
}

/** The value of an expression in the page. */
export function look<T>(page: Page, expression: string): Promise<T> {
  return page.evaluate(expression) as Promise<T>
}

/** How many elements that a selector names are there to be seen. */
export function visible(page: Page, selector: string): Promise<number> {
  return look(
    page,
    `[...document.querySelectorAll(${JSON.stringify(selector)})].filter((one) => one.checkVisibility()).length`,
  )
}

/**
 * Every text whose contrast with its ground is below 4.5 to 1 (WCAG 2.2, 1.4.3), as `ratio text`: text of elements, of
 * `::before`, and placeholders. What is not to be seen does not count.
 */
export async function faint(page: Page): Promise<{ readonly faint: readonly string[]; readonly measured: number }> {
  return look(page, `(${measureContrast})()`)
}

/** Runs in the page. */
const measureContrast = `function measure() {
  const channels = (color) => (color.match(/[\\d.]+/g) ?? []).map(Number)
  const linear = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4)
  const luminance = (color) => {
    const [r, g, b] = channels(color).map(linear)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const ground = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const color = getComputedStyle(one).backgroundColor
      const alpha = channels(color)[3] ?? 1
      if (alpha === 1) return color
      if (alpha > 0) return 'rgb(128 128 128)'
    }
    return 'rgb(255 255 255)'
  }
  const faint = []
  let measured = 0
  const check = (element, color, text) => {
    measured++
    const [low, high] = [luminance(color), luminance(ground(element))].sort((a, b) => a - b)
    const ratio = (high + 0.05) / (low + 0.05)
    if (ratio < 4.5) faint.push(ratio.toFixed(2) + ' ' + (element.className || element.localName) + ': ' + text.slice(0, 40))
  }
  for (const element of document.querySelectorAll('body *')) {
    if (!element.checkVisibility({ visibilityProperty: true }) || element.localName === 'script') continue
    const own = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data.trim()).join('')
    if (own) check(element, getComputedStyle(element).color, own)
    const { number, sign } = element.dataset
    if (number || sign?.trim()) check(element, getComputedStyle(element, '::before').color, number || sign)
    if (element.placeholder) check(element, getComputedStyle(element, '::placeholder').color, element.placeholder)
  }
  return { faint, measured }
}`
