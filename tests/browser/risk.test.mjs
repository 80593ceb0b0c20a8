// A rule holds, the desk sees what it saw and whom that links, and two people change the rules.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import {
  assertAccessible, assertFonts, launchBrowser, newPerson, screenshot, startKanuki,
} from './lib.mjs';
import { STAFF, comeToDesk, send } from './steps.mjs';

const DESK = { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1 };
const PHONE = { width: 390, height: 844 };
let kanuki;
let browser;

async function look(page, name) {
  await assertAccessible(page);
  await assertFonts(page);
  await screenshot(page, `risk-${name}`);
}

/** The same page on a telephone at night. */
async function lookSmall(page, name) {
  await page.setViewportSize(PHONE);
  await page.emulateMedia({ colorScheme: 'dark' });
  await look(page, `${name}-phone-dark`);
  await page.setViewportSize(DESK.viewport);
  await page.emulateMedia({ colorScheme: 'light' });
}

before(async () => {
  kanuki = await startKanuki();
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await kanuki?.stop();
});

test('one browser opens wallet after wallet, and two people sharpen the rule', async () => {
  const base = kanuki.walletUrl;
  const thief = await newPerson(browser, DESK);
  const page = await thief.newPage();
  for (let n = 0; n < 5; n += 1) {
    await page.goto(`${base}/alternative/open`);
    await page.locator('[name=nickname]').fill('たろう');
    await page.locator('[name=mail]').fill(`taro${n}@example.jp`);
    await page.locator('[name=phone]').fill('090-1111-2222');
    const [answer] = await Promise.all([
      page.waitForResponse((reply) => reply.request().method() === 'POST'),
      page.locator('form[action="/alternative/open"] button').click(),
    ]);
    assert.equal(answer.status(), n < 4 ? 200 : 429, `wallet ${n + 1}`);
  }

  const pages = [];
  for (const code of STAFF.wallet.slice(0, 2)) {
    const person = await newPerson(browser, DESK);
    const desk = await person.newPage();
    await comeToDesk(desk, base, code);
    pages.push(desk);
  }
  const [first, second] = pages;
  await first.goto(`${base}/desk/risk`);
  assert.match(await first.locator('main').innerText(), /wallets-opened-device/);
  await look(first, 'overview');
  await lookSmall(first, 'overview');

  // By keyboard alone: the case, what its rule saw, and one of those who are in the picture.
  await first.locator('main a[href^="/desk/cases/"]').first().focus();
  await first.keyboard.press('Enter');
  await first.waitForURL(/\/desk\/cases\//);
  await look(first, 'case');
  await first.locator('main a[href*="/desk/risk/seen?rule="]').focus();
  await first.keyboard.press('Enter');
  await first.waitForURL(/seen\?rule=/);
  await look(first, 'seen');
  await lookSmall(first, 'seen');
  await first.locator('main svg a[href*="device"]').first().focus();
  await first.keyboard.press('Enter');
  await first.waitForURL(/seen\?key=/);
  assert.match(await first.locator('main').innerText(), /wallets-opened-device/);
  await look(first, 'linked');
  await first.locator('form[action="/desk/risk/watch"] [name=reason]').fill('開設を繰り返す端末');
  await send(first, '/desk/risk/watch');
  assert.match(await first.locator('main').innerText(), /開設を繰り返す端末/);
  await look(first, 'lists');
  await lookSmall(first, 'lists');

  await first.goto(`${base}/desk/risk/policy`);
  const text = await first.locator('[name=text]').inputValue();
  const sharper = text.replace(
    'distinct wallet of wallet_opened per device within 24h > 4',
    'distinct wallet of wallet_opened per device within 24h > 2',
  ).replace(/version "[^"]+"/, 'version "sharper"');
  await first.locator('[name=text]').fill(sharper.replace('wallet_opened per device', 'walet_opened per device'));
  await first.locator('button[value=check]').click();
  await first.waitForLoadState();
  assert.match(await first.locator('main pre').innerText(), /walet_opened/);
  await look(first, 'mistake');
  await first.locator('[name=text]').fill(sharper);
  await first.locator('button[value=check]').click();
  await first.waitForLoadState();
  assert.match(await first.locator('main').innerText(), /sharper/);
  await look(first, 'compared');
  await lookSmall(first, 'compared');
  await first.locator('[name=reason]').fill('一つの端末から開設が続いた');
  await first.locator('button[value=propose]').click();
  await first.waitForURL(/\/desk\/approvals/);
  await look(first, 'proposed');

  await second.goto(`${base}/desk/approvals`);
  await second.locator('main a[href*="/desk/risk/policy?version="]').click();
  await second.waitForURL(/policy\?version=/);
  assert.match(await second.locator('main').innerText(), /sharper/);
  await second.goto(`${base}/desk/approvals`);
  const action = await second.locator('form[action$="/approve"]').first().getAttribute('action');
  await send(second, action);
  await second.goto(`${base}/desk/risk`);
  assert.match(await second.locator('main').innerText(), /sharper/);

  const again = await newPerson(browser, DESK);
  const other = await again.newPage();
  for (let n = 0; n < 3; n += 1) {
    await other.goto(`${base}/alternative/open`);
    await other.locator('[name=nickname]').fill('じろう');
    await other.locator('[name=mail]').fill(`jiro${n}@example.jp`);
    await other.locator('[name=phone]').fill('090-3333-4444');
    const [answer] = await Promise.all([
      other.waitForResponse((reply) => reply.request().method() === 'POST'),
      other.locator('form[action="/alternative/open"] button').click(),
    ]);
    assert.equal(answer.status(), n < 2 ? 200 : 429, `wallet ${n + 1} under the sharper rule`);
  }
});
