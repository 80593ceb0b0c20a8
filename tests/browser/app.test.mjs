// The bank's own app instead of a passkey: let in, signing in, signing a consent, saying no, lost. The bank's pages need no JavaScript.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import {
  assertAccessible, assertFonts, launchBrowser, newPerson, screenshot, startKanuki,
} from './lib.mjs';
import {
  KEN, bankUrl, newestMessage, openWallet, proveIdentity, send, shownCode, startEnrolment,
  visitTheCounter,
} from './steps.mjs';

let folder;
let kanuki;
let browser;
let bank;
const people = [];

async function look(name, on) {
  await assertAccessible(on);
  await assertFonts(on);
  await screenshot(on, `a-${name}`);
}

const main = (page) => page.locator('main').innerText();

async function someone(options) {
  const person = await newPerson(browser, options);
  people.push(person);
  return { person, page: await person.newPage() };
}

/** From the bank's page to the app on the same telephone and back, with this number or the page's. */
async function useApp(page, { number, answer = 'sign', name } = {}) {
  await page.waitForURL((url) => url.pathname === '/app/trip');
  const shown = await shownCode(page);
  assert.match(shown, /^\d\d$/);
  if (name) await look(`${name}-trip`, page);
  await page.locator('main a[href*="/demo/app"]').click();
  await page.waitForLoadState();
  await page.check('[name=who][value=ken]');
  await send(page, '/demo/app/open');
  if (!(await page.locator('[name=number]').count())) return main(page);
  if (name) await look(`${name}-app`, page);
  const form = page.locator(`form:has([name=answer][value=${answer}])`);
  if (answer === 'sign') await page.fill('[name=number]', number ?? shown);
  await Promise.all([
    page.waitForEvent('framenavigated', (frame) => frame === page.mainFrame()),
    form.locator('button').click(),
  ]);
  await page.waitForLoadState();
  return main(page);
}

async function toConsent(page) {
  await page.goto(`${kanuki.walletUrl}/link?q=${encodeURIComponent(KEN.bank.name)}`);
  await page.getByRole('link', { name: KEN.bank.name }).click();
  await page.waitForLoadState();
  await page.check('[name=consent]');
  await send(page, '/link/start');
  await send(page, '/app/sign-in');
  await useApp(page);
  await page.locator('[name=account]').first().check();
  await send(page, '/authorize/account');
}

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'kanuki-app-'));
  kanuki = await startKanuki(folder);
  bank = bankUrl(kanuki, KEN.bank);
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await kanuki?.stop();
  await rm(folder, { recursive: true, force: true });
});

let ken;

test('somebody links an account with the bank\'s app and no passkey at the bank', async () => {
  ken = await someone();
  const { page } = ken;
  await startEnrolment(page, kanuki, KEN, 'branch');
  await page.fill('[name=code]', await visitTheCounter(page, kanuki, KEN));
  await send(page, '/enrol/code');
  await look('01-instead', page);
  await send(page, '/enrol/app');
  assert.match(await useApp(page, { name: '02-enrol' }), /銀行アプリを登録しました/);
  await look('03-added', page);
  await newestMessage(kanuki.bankBase(1), KEN.name, /銀行アプリが登録されました/);

  await openWallet(page, kanuki, KEN);
  await proveIdentity(page, kanuki, KEN);
  await toConsent(page);
  assert.equal(await page.locator('form[data-passkey]').count(), 0, 'there is no passkey to ask');
  await look('04-consent', page);
  await send(page, '/app/sign');
  assert.match(await useApp(page, { answer: 'no' }), /アプリで「いいえ」を選びました/);
  await look('05-no', page);
  await Promise.all([
    page.waitForURL((url) => url.hostname === 'wallet.localhost'),
    page.locator('form[action="/authorize/refuse"] button').click(),
  ]);

  await toConsent(page);
  await send(page, '/app/sign');
  assert.match(await useApp(page, { name: '06-sign' }), /まだ完了していません/);
  await look('07-signed', page);
  await Promise.all([
    page.waitForURL((url) => url.hostname === 'wallet.localhost'),
    page.locator('form[action="/authorize/consent"] button').click(),
  ]);
  await page.waitForLoadState();
  assert.match(await main(page), /みなと信用金庫/);
});

test('without JavaScript the app signs in, and a wrong number does not', async () => {
  const { page } = await someone({ javaScriptEnabled: false });
  await page.goto(`${bank}/holder/sign-in`);
  await send(page, '/app/sign-in');
  const right = await shownCode(page);
  const wrong = right === '00' ? '01' : '00';
  assert.match(await useApp(page, { number: wrong }), /銀行が受け付けませんでした/);
  await screenshot(page, 'a-10-refused');
  await page.goto(`${bank}/holder/sign-in`);
  await send(page, '/app/sign-in');
  await useApp(page);
  assert.equal(new URL(page.url()).pathname, '/holder');
  assert.match(await main(page), /閂ウォレット/);
});

test('an errand that somebody else set out on ends in a calm page', async () => {
  const thief = await someone();
  const hers = await someone();
  await thief.page.goto(`${bank}/holder/sign-in`);
  await send(thief.page, '/app/sign-in');
  const number = await shownCode(thief.page);
  const link = await thief.page.locator('main a[href*="/demo/app"]').getAttribute('href');
  await hers.page.goto(link);
  await hers.page.check('[name=who][value=ken]');
  await send(hers.page, '/demo/app/open');
  await hers.page.fill('[name=number]', number);
  await Promise.all([
    hers.page.waitForURL((url) => url.pathname === '/app/return'),
    hers.page.locator('form:has([name=answer][value=sign]) button').click(),
  ]);
  await hers.page.waitForLoadState();
  assert.match(await main(hers.page), /アプリの手続きは終わっています/);
  await look('20-over', hers.page);
  await thief.page.goto(`${bank}/holder`);
  assert.match(thief.page.url(), /sign-in/);
});

test('the new pages in the dark, in English and on a desk', async () => {
  for (const [name, options] of [
    ['dark', { colorScheme: 'dark' }],
    ['wide', { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1 }],
    ['english', { locale: 'en-GB' }],
  ]) {
    const { page } = await someone(options);
    await page.goto(`${bank}/holder/sign-in`);
    await look(`30-${name}-sign-in`, page);
    await send(page, '/app/sign-in');
    await useApp(page, { name: `31-${name}` });
    await page.goto(`${bank}/holder/security`);
    await look(`32-${name}-security`, page);
    await page.locator('main a[href$="/end"]').first().click();
    await page.waitForLoadState();
    await look(`33-${name}-end`, page);
    await page.goto(`${bank}/holder/app`);
    await look(`34-${name}-add`, page);
  }
});

test('a lost telephone stops, with the link that it signed', async () => {
  const { page } = ken;
  await page.goto(`${bank}/holder/sign-in`);
  await send(page, '/app/sign-in');
  await useApp(page);
  await page.goto(`${bank}/holder/security`);
  await page.locator('main a[href$="/end"]').first().click();
  await page.waitForLoadState();
  await Promise.all([
    page.waitForEvent('framenavigated', (frame) => frame === page.mainFrame()),
    page.locator('form:has([name=why][value=lost]) button').click(),
  ]);
  await page.waitForLoadState();
  assert.match(await main(page), /cas_/);
  await look('40-lost', page);
  await newestMessage(kanuki.bankBase(1), KEN.name, /ログインの方法が止められました/);
  await page.goto(`${bank}/holder/sign-in`);
  await send(page, '/app/sign-in');
  assert.match(await useApp(page), /銀行が受け付けませんでした/);
});

test('nothing in any page was blocked or broken', () => {
  for (const person of people) person.assertNoProblems(/status of (403|404|409|422)/);
});
