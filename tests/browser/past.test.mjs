// What staff see of the past at both companies: how long records are kept, what partners may ask about frauds,
// and a look back by a rule.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import {
  assertAccessible, assertFonts, launchBrowser, newPerson, screenshot, startKanuki,
} from './lib.mjs';
import { STAFF, bankUrl, comeToDesk } from './steps.mjs';

const SIZES = [
  ['wide', { viewport: { width: 1280, height: 900 }, deviceScaleFactor: 1 }],
  ['phone', { viewport: { width: 390, height: 844 }, deviceScaleFactor: 1 }],
];
const COMPANIES = [
  ['wallet', 'topup', (kanuki) => kanuki.walletUrl],
  ['bank-one', 'debit', (kanuki) => bankUrl(kanuki, { host: 'bank-one', number: 0 })],
];
let kanuki;
let browser;

async function look(page, name) {
  await assertAccessible(page);
  await assertFonts(page);
  await screenshot(page, `past-${name}`);
  const [width, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(width <= room, `${name} is ${width} wide on ${room}`);
}

before(async () => {
  kanuki = await startKanuki();
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await kanuki?.stop();
});

for (const [company, kind, url] of COMPANIES) {
  for (const [number, [size, how]] of SIZES.entries()) {
    test(`${company}, ${size}: years of records, and a look back that is refused, mended and taken`, async () => {
      const base = url(kanuki);
      const person = await newPerson(browser, how);
      const page = await person.newPage();
      await comeToDesk(page, base, STAFF[company][number]);
      await page.goto(`${base}/desk/retention`);
      await look(page, `${company}-${size}-1-years`);

      await page.goto(`${base}/desk/exchange`);
      await page.getByText('取り決めなし').first().waitFor();
      await look(page, `${company}-${size}-exchange`);

      await page.goto(`${base}/desk/lookback`);
      const form = page.locator('form:has([name=rule])');
      await form.locator('[name=rule]').fill(`rule late on ${kind} when amount > 1 then hold 24h as late`);
      await form.locator('[name=reason]').fill('新しい手口');
      await form.locator('button[type=submit]').click();
      await page.locator('.notice.error').waitFor();
      await look(page, `${company}-${size}-2-refused`);

      await form.locator('[name=rule]').fill(`rule late on ${kind} when amount > ¥1,000 then hold for 24h as late`);
      await form.locator('button[type=submit]').click();
      await page.waitForURL(/desk\/lookback\/./);
      await look(page, `${company}-${size}-3-begun`);
    });
  }
}
