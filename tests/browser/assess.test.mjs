// The comparison of `kanuki assess`: one file that opens from a folder, on a phone and on paper.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { assertAccessible, assertFonts, launchBrowser, newPerson, screenshot } from './lib.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const program = process.env.KANUKI_BIN ?? path.join(root, 'target/debug/kanuki');

let folder;
let browser;

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'kanuki-assess-'));
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

function compare(name, ...args) {
  const file = path.join(folder, `${name}.html`);
  execFileSync(path.resolve(program), ['assess', '--html', file, ...args], { stdio: 'pipe' });
  return pathToFileURL(file).href;
}

test('two banks and a wallet stand side by side, as they were in 2020, and everybody can read it', async () => {
  const who = ['--bank', '0125', '--bank', '0009', '--wallet', 'docomo-koza', '--as-of', '2020-09-08'];
  const pages = { ja: compare('ja', ...who), en: compare('en', ...who, '--english') };
  for (const [lang, url] of Object.entries(pages)) {
    for (const colorScheme of ['light', 'dark']) {
      for (const width of [390, 1280]) {
        const person = await newPerson(browser, { colorScheme, viewport: { width, height: 800 }, javaScriptEnabled: true });
        const page = await person.newPage();
        await page.goto(url);
        await assertAccessible(page);
        await assertFonts(page);
        const scrolls = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
        assert.equal(scrolls, false, `${lang} ${width}: the page is wider than the screen`);
        await screenshot(page, `assess-${lang}-${colorScheme}-${width}`);
        person.assertNoProblems();
        await person.close();
      }
    }
  }
});

test('every barrier is in words, what nobody says is 不明, and each source is one tap away', async () => {
  const person = await newPerson(browser);
  const page = await person.newPage();
  await page.goto(compare('words', '--bank', '0125', '--bank', '0009', '--as-of', '2020-09-08'));

  const link = page.locator('section', { has: page.getByRole('heading', { name: '勝手に口座をつなぐ' }) });
  assert.match(await link.innerText(), /七十七銀行\s+知られるだけで足りる/);
  assert.match(await link.innerText(), /三井住友銀行\s+番号を聞き出すか横取りする/);
  const transfer = page.locator('section', { has: page.getByRole('heading', { name: '中から送金する' }) });
  assert.match(await transfer.innerText(), /七十七銀行\s+不明/);

  await link.getByRole('link', { name: '出典 1' }).first().click();
  assert.match(page.url(), /#s0-0$/);
  assert.equal(await page.locator('#s0-0 a').getAttribute('href'), 'https://murabit.hatenablog.com/entry/2020/09/08/123351');
  await person.close();
});

test('today the same page says that nothing current is known, and keeps 2020 apart as history', async () => {
  const person = await newPerson(browser);
  const page = await person.newPage();
  await page.goto(compare('today', '--bank', '0168'));

  const barriers = await page.locator('.barrier').allInnerTexts();
  assert.deepEqual([...new Set(barriers)], ['不明']);
  assert.match(await page.locator('.past').first().innerText(), /過去の記録\(今とは限りません\)[\s\S]*暗証番号/);
  await screenshot(page, 'assess-today');
  await person.close();
});
