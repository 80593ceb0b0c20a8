// Looking at a page: can everybody use it, is it drawn in the right fonts, what does it look like.

import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const axe = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const STANDARDS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Fonts that our pages may be drawn in: Japanese first, then what Latin falls back to. */
const FONTS = [
  'BIZ UDGothic',
  'BIZ UDPGothic',
  'Noto Sans CJK JP',
  'Noto Sans Mono CJK JP',
  'Noto Sans Mono',
  'Noto Mono',
  'DejaVu Sans',
  'DejaVu Sans Mono',
  'Liberation Sans',
];

/** Has a page that loads itself anew wait until it was looked at: it does not while nobody sees it. */
async function holdStill(page) {
  for (let tries = 1; ; tries += 1) {
    await page.waitForLoadState();
    try {
      await page.evaluate(() => {
        const { document } = globalThis;
        if (!document.body.dataset.refresh) return;
        Object.defineProperty(document, 'hidden', { configurable: true, get: () => true });
        globalThis.stop(); // Also what it had begun to load.
      });
      return;
    } catch (error) {
      // It was just on its way to itself.
      if (tries === 3) throw error;
    }
  }
}

/** Has it go on. */
function letGo(page) {
  return page.evaluate(() => delete globalThis.document.hidden);
}

/** Fails, naming each fault and where it is, if axe finds the page hard to use for anybody. */
export async function assertAccessible(page, { except = [] } = {}) {
  await holdStill(page);
  await page.evaluate(await axe); // By the debugger, which the page's security policy does not bind.
  // A colour that is on its way from light to dark is nobody's colour to judge.
  await page.evaluate(() => Promise.allSettled(globalThis.document.getAnimations()
    .filter((change) => change instanceof globalThis.CSSTransition).map((change) => change.finished)));
  const { violations } = await page.evaluate(
    ({ values, disabled }) =>
      globalThis.axe.run(globalThis.document, {
        runOnly: { type: 'tag', values },
        resultTypes: ['violations'],
        rules: Object.fromEntries(disabled.map((id) => [id, { enabled: false }])),
      }),
    { values: STANDARDS, disabled: except },
  );
  if (violations.length === 0) return;
  const faults = violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `  ${id}: ${help}: ${node.target.join(' ')}`),
  );
  throw new Error(`${page.url()} has ${faults.length} faults:\n${faults.join('\n')}`);
}

// One debugger session a page, never detached: detaching takes the page's passkeys with it.
const debuggers = new WeakMap();

function debuggerOf(page) {
  if (!debuggers.has(page)) debuggers.set(page, page.context().newCDPSession(page));
  return debuggers.get(page);
}

/** What has words of its own, or is filled in: the other thousands of elements are boxes, lines and pictures. */
const WORDS = '//body//*[text()[normalize-space()] or self::input or self::select or self::textarea]';

async function drawn(cdp) {
  const { searchId, resultCount } = await cdp.send('DOM.performSearch', { query: WORDS });
  if (resultCount === 0) return [];
  const range = { searchId, fromIndex: 0, toIndex: resultCount };
  const { nodeIds } = await cdp.send('DOM.getSearchResults', range);
  await cdp.send('DOM.discardSearchResults', { searchId });
  return nodeIds;
}

/** Which fonts the page's text is really drawn in: a map from family to number of glyphs. */
export async function fontsUsed(page) {
  const cdp = await debuggerOf(page);
  await cdp.send('DOM.enable');
  await cdp.send('CSS.enable');
  await cdp.send('DOM.getDocument', { depth: 0 });
  const nodeIds = await drawn(cdp);
  const glyphs = new Map();
  // All at once: each answer is a way to the browser and back.
  const answers = await Promise.all(
    nodeIds.map((nodeId) => cdp.send('CSS.getPlatformFontsForNode', { nodeId })));
  for (const { familyName, glyphCount } of answers.flatMap(({ fonts }) => fonts)) {
    glyphs.set(familyName, (glyphs.get(familyName) ?? 0) + glyphCount);
  }
  return glyphs;
}

/** Fails if any text is drawn in another font than `allowed`: a Chinese one, or boxes. */
export async function assertFonts(page, allowed = FONTS) {
  const used = [...(await fontsUsed(page)).keys()];
  const others = used.filter((family) => !allowed.includes(family));
  if (used.length === 0) throw new Error(`${page.url()} has no text`);
  if (others.length > 0) throw new Error(`${page.url()} is drawn in ${others.join(', ')}`);
}

/**
 * Keeps a picture of the whole page in target/screenshots/NAME.png, and says where. It ends the look.
 * A point of the page is a point of the picture: as sharp as the screen it took four times as long.
 */
export async function screenshot(page, name, options = {}) {
  const folder = path.join(root, 'target/screenshots');
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, `${name}.png`);
  await page.screenshot({ path: file, fullPage: true, animations: 'disabled', scale: 'css', ...options });
  await letGo(page);
  return file;
}
