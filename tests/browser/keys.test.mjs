// A case from sign-in to a note without a mouse, and how money came together and went on, at the
// wallet's desk.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import {
  assertAccessible, assertFonts, launchBrowser, newPerson, screenshot, startKanuki,
} from './lib.mjs';
import {
  HANAKO, ICHIRO, STAFF, comeToDesk, enrolAtBranch, linkAccount, openWallet, proveIdentity, send,
  usePasskey,
} from './steps.mjs';

const DESK = { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1 };
const PHONE = { width: 390, height: 844 };
const RULE = `
rule pays-somebody on received
  when distinct wallet of received per payee within 24h < 20 and amount > ¥1,000
  then approve as fan-in tell desk
`;
let kanuki;
let browser;
let first;

async function look(page, name) {
  await assertAccessible(page);
  await assertFonts(page);
  await screenshot(page, `keys-${name}`);
}

async function lookSmall(page, name) {
  await page.setViewportSize(PHONE);
  await page.emulateMedia({ colorScheme: 'dark' });
  await look(page, `${name}-phone-dark`);
  await page.setViewportSize(DESK.viewport);
  await page.emulateMedia({ colorScheme: 'light' });
}

/** Presses a key that leads to another page. */
async function go(page, key, where) {
  await page.keyboard.press(key);
  await page.waitForURL(where);
  await page.waitForLoadState();
}

const focused = (page) => page.evaluate(() => {
  const { activeElement } = globalThis.document;
  return activeElement.getAttribute('href') ?? activeElement.id;
});

before(async () => {
  kanuki = await startKanuki();
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await kanuki?.stop();
});

test('a rule is put in force by which one payment is a case', async () => {
  const base = kanuki.walletUrl;
  const pages = [];
  for (const code of STAFF.wallet.slice(0, 2)) {
    const person = await newPerson(browser, DESK);
    const page = await person.newPage();
    await comeToDesk(page, base, code);
    pages.push(page);
  }
  [first] = pages;
  await first.goto(`${base}/desk/risk/policy`);
  const text = await first.locator('[name=text]').inputValue();
  await first.locator('[name=text]').fill(text.replace(/version "[^"]+"/, 'version "tried"') + RULE);
  await first.locator('button[value=check]').click();
  await first.waitForLoadState();
  assert.equal(await first.locator('main pre').count(), 0, 'the rule is none');
  await first.locator('[name=reason]').fill('試し');
  await first.locator('button[value=propose]').click();
  await first.waitForURL(/\/desk\/approvals/);
  await pages[1].goto(`${base}/desk/approvals`);
  const action = await pages[1].locator('form[action$="/approve"]').first().getAttribute('action');
  await send(pages[1], action);
});

test('hanako pays ichiro from her bank account', async () => {
  const base = kanuki.walletUrl;
  const hanako = await newPerson(browser);
  const hers = await hanako.newPage();
  await openWallet(hers, kanuki, HANAKO);
  await proveIdentity(hers, kanuki, HANAKO);
  await enrolAtBranch(hers, kanuki, HANAKO);
  await linkAccount(hers, kanuki, HANAKO);
  const ask = async (where, amount) => {
    const form = hers.locator(`form[action="${where}"]`);
    await form.locator('[name=amount]').fill(amount);
    await Promise.all([hers.waitForURL(/confirm/), form.locator('button').last().click()]);
    await hers.waitForLoadState();
  };
  await hers.goto(`${base}/topup`);
  await ask('/topup/confirm', '9000');
  await send(hers, '/topup');
  await hers.getByText('チャージしました').first().waitFor({ timeout: 60_000 });
  await hers.goto(`${base}/send`);
  await ask('/send/confirm', '2500');
  await usePasskey(hers);
  const link = (await hers.locator('main').innerText()).match(/http\S+\/claim\/\S+/)[0];
  const ichiro = await newPerson(browser);
  const his = await ichiro.newPage();
  await openWallet(his, kanuki, ICHIRO);
  await his.goto(link);
  const claim = his.locator('main form[method=post]').first();
  await Promise.all([his.waitForEvent('framenavigated'), claim.locator('button').click()]);
  await his.waitForLoadState();
  await his.goto(base);
  assert.match(await his.locator('main').innerText(), /¥2,500/);
});

test('a case is worked from signing in to a note without a mouse', async () => {
  const base = kanuki.walletUrl;
  await send(first, '/desk/sign-out');
  await first.goto(`${base}/desk/sign-in`);
  await first.locator('form[data-passkey] button').first().focus();
  await go(first, 'Enter', /\/desk$/);

  // The very first Tab leads past the menu.
  await first.keyboard.press('Tab');
  assert.equal(await focused(first), '#main');

  await first.keyboard.press('j');
  assert.match(await focused(first), /^\/desk\/cases\/cas_/);
  await first.keyboard.press('k');
  assert.match(await focused(first), /^\/desk\/cases\/cas_/, 'there is none before the first');
  await look(first, 'queue');
  await go(first, 'o', /\/desk\/cases\/cas_/);
  const number = new URL(first.url()).pathname.split('/').pop();
  const main = await first.locator('main').innerText();
  assert.match(main, /お金がどう集まり、どう出ていったか/);
  assert.match(main, /¥2,500/);
  assert.match(main, /¥9,000/, 'what had reached the payer');
  await look(first, 'case');
  await lookSmall(first, 'case');

  await first.keyboard.press('n');
  assert.equal(await focused(first), 'f-text');
  await first.keyboard.type('jとkとgqを確かめた?');
  assert.equal(await first.locator('#note textarea').inputValue(), 'jとkとgqを確かめた?', 'typing is typing');
  await first.keyboard.press('Tab');
  await Promise.all([first.waitForEvent('framenavigated'), first.keyboard.press('Enter')]);
  await first.waitForLoadState();
  assert.match(await first.locator('main').innerText(), /jとkとgqを確かめた/);

  await first.keyboard.press('g');
  await go(first, 'q', /\/desk$/);
  await first.keyboard.press('/');
  assert.equal(await focused(first), 'f-number');
  await first.keyboard.type('cas_nothing');
  await go(first, 'Enter', /\/desk\/find/);
  await look(first, 'find');
  await first.keyboard.press('g');
  await go(first, 'q', /\/desk$/);
  await first.keyboard.press('/');
  await first.keyboard.type(number);
  await go(first, 'Enter', new RegExp(number));
});

test('whoever the flow names leads to their own, and the help can switch keys off', async () => {
  const base = kanuki.walletUrl;
  await first.locator('main svg a').first().focus();
  await go(first, 'Enter', /\/desk\/risk\/seen\?key=/);
  assert.match(await first.locator('main').innerText(), /お金がどう集まり/);
  await look(first, 'seen');
  await lookSmall(first, 'seen');

  await first.keyboard.press('Shift+?');
  const dialog = first.locator('.desk-keys dialog');
  await dialog.waitFor();
  await look(first, 'help');
  await lookSmall(first, 'help');
  await dialog.locator('[data-keys-toggle]').focus();
  await first.keyboard.press('Enter');
  assert.match(await dialog.innerText(), /切ってあります/);
  await first.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  await first.goto(`${base}/desk`);
  await first.keyboard.press('j');
  await first.keyboard.press('?');
  assert.doesNotMatch(await focused(first), /cases/);
  assert.equal(await dialog.isVisible(), false);
  await first.locator('[data-keys-open]').focus();
  await first.keyboard.press('Enter');
  await dialog.locator('[data-keys-toggle]').focus();
  await first.keyboard.press('Enter');
  await first.keyboard.press('Escape');
  await first.keyboard.press('j');
  assert.match(await focused(first), /cases/, 'and on again');
});

test('without scripts no key and no help are there, and every step is a link or a form', async () => {
  const person = await newPerson(browser, { ...DESK, javaScriptEnabled: false });
  const page = await person.newPage();
  await page.goto(`${kanuki.walletUrl}/desk/sign-in`);
  assert.equal(await page.locator('.desk-keys').isVisible(), false);
});
