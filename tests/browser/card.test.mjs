// The identity card instead of a passkey: let in, signing in, signing a consent; no JavaScript needed at the bank.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import {
  assertAccessible, assertFonts, launchBrowser, newPerson, screenshot, startKanuki,
} from './lib.mjs';
import {
  HANAKO, KEN, bankUrl, newestMessage, openWallet, proveIdentity, send, startEnrolment, usePasskey,
} from './steps.mjs';

const PIN = { ken: '1975', hanako: '2580' };

let folder;
let kanuki;
let browser;
let bank;
const people = [];

async function look(name, on) {
  await assertAccessible(on);
  await assertFonts(on);
  await screenshot(on, `c-${name}`);
}

const main = (page) => page.locator('main').innerText();

async function someone(options) {
  const person = await newPerson(browser, options);
  people.push(person);
  return { person, page: await person.newPage() };
}

/** In the operator's app: chooses the card, reads what is signed, types its secret, goes back. */
async function readCard(page, card, secret, name) {
  await page.waitForURL((url) => url.pathname === '/demo/card');
  await page.check(`[name=card][value=${card}]`);
  await send(page, '/demo/card/read');
  if (name) await look(`${name}-app`, page);
  await page.fill('[name=password]', secret);
  await send(page, '/demo/card/sign');
  await Promise.all([
    page.waitForEvent('framenavigated', (frame) => frame === page.mainFrame()),
    page.locator('form:has([name=signature]) button').click(),
  ]);
  await page.waitForLoadState();
}

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'kanuki-card-'));
  kanuki = await startKanuki({ dir: path.join(folder, 'data') });
  bank = bankUrl(kanuki, KEN.bank);
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await kanuki?.stop();
  await rm(folder, { recursive: true, force: true });
});

test('somebody without a passkey at the bank lets their card in, signs in and signs the consent with it', async () => {
  const { page } = await someone();
  await startEnrolment(page, kanuki, KEN, 'jpki');
  await readCard(page, 'ken', KEN.password);
  assert.match(page.url(), /\/enrol\/passkey/);
  await look('01-instead', page);
  await send(page, '/enrol/card/keep');
  await readCard(page, 'ken', PIN.ken, '02-add');
  assert.match(await main(page), /マイナンバーカードを登録しました/);
  await look('03-added', page);
  await newestMessage(kanuki.bankBase(1), KEN.name, /マイナンバーカードが登録されました/);

  await openWallet(page, kanuki, KEN);
  await proveIdentity(page, kanuki, KEN);
  await page.goto(`${kanuki.walletUrl}/link?q=${encodeURIComponent(KEN.bank.name)}`);
  await page.getByRole('link', { name: KEN.bank.name }).click();
  await page.waitForLoadState();
  await page.check('[name=consent]');
  await send(page, '/link/start');
  await look('04-sign-in', page);
  await send(page, '/card/sign-in');
  await readCard(page, 'ken', PIN.ken);
  await page.locator('[name=account]').first().check();
  await send(page, '/authorize/account');
  assert.equal(await page.locator('form[data-passkey]').count(), 0, 'there is no passkey to ask');
  await look('05-consent', page);
  await send(page, '/card/sign');
  await readCard(page, 'ken', PIN.ken, '06-sign');
  assert.match(await main(page), /まだ完了していません/);
  await look('07-signed', page);
  await Promise.all([
    page.waitForURL((url) => url.hostname === 'wallet.localhost'),
    page.locator('form[action="/authorize/consent"] button').click(),
  ]);
  await page.waitForLoadState();
  assert.match(await main(page), /みなと信用金庫/);
});

test('without JavaScript the card signs in, another card does not, and the link stands in the portal', async () => {
  const { page } = await someone({ javaScriptEnabled: false });
  await page.goto(`${bank}/holder/sign-in`);
  await screenshot(page, 'c-10-portal');
  await send(page, '/card/sign-in');
  await readCard(page, 'hanako', PIN.hanako);
  assert.match(await main(page), /このカードでは進めませんでした/);
  await screenshot(page, 'c-11-refused');
  await page.goto(`${bank}/holder/sign-in`);
  await send(page, '/card/sign-in');
  await readCard(page, 'ken', PIN.ken);
  assert.equal(new URL(page.url()).pathname, '/holder');
  assert.match(await main(page), /閂ウォレット/);
  await page.goto(`${bank}/holder/security`);
  assert.match(await main(page), /マイナンバーカードで確認/);
  await screenshot(page, 'c-12-security');

  await page.goto(`${bank}/holder`);
  await page.locator('main a[href^="/holder/mandates/"]').first().click();
  await page.waitForLoadState();
  const mandate = new URL(page.url()).pathname;
  await page.goto(`${bank}${mandate}/raise`);
  await send(page, `${mandate}/raise`);
  await screenshot(page, 'c-13-raise');
  await send(page, '/card/sign');
  await readCard(page, 'ken', PIN.ken);
  await send(page, `${mandate}/raise/sign`);
  assert.match(page.url(), /done=raise/);
});

test('a trip that somebody else set out on ends in a calm page', async () => {
  const thief = await someone();
  const hers = await someone();
  await thief.page.goto(`${bank}/holder/sign-in`);
  await send(thief.page, '/card/sign-in');
  await hers.page.goto(thief.page.url());
  await readCard(hers.page, 'ken', PIN.ken);
  assert.match(await main(hers.page), /カードの手続きは終わっています/);
  await look('20-over', hers.page);
  await thief.page.goto(`${bank}/holder`);
  assert.match(thief.page.url(), /sign-in/);
});

test('a passkey lets a card in beside it', async () => {
  const { page } = await someone();
  const one = bankUrl(kanuki, HANAKO.bank);
  const account = { branch: '101', number: '9100011' };
  await startEnrolment(page, kanuki, { ...HANAKO, account }, 'jpki');
  await readCard(page, 'hanako', HANAKO.password);
  await usePasskey(page);
  await page.goto(`${one}/holder/sign-in`);
  await usePasskey(page);
  await page.goto(`${one}/holder/security`);
  await page.locator('a[href="/holder/card"]').click();
  await page.waitForLoadState();
  await look('30-permit', page);
  await usePasskey(page);
  await readCard(page, 'hanako', PIN.hanako);
  assert.match(page.url(), /security\?done=card/);
  await look('31-beside', page);
});

test('the new pages in the dark, in English and on a desk', async () => {
  for (const [name, options] of [
    ['dark', { colorScheme: 'dark' }],
    ['wide', { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1 }],
    ['english', { locale: 'en-GB' }],
  ]) {
    const { page } = await someone(options);
    await page.goto(`${bank}/holder/sign-in`);
    await look(`40-${name}-sign-in`, page);
    await send(page, '/card/sign-in');
    await readCard(page, 'ken', PIN.ken, `41-${name}`);
    await page.goto(`${bank}/holder/security`);
    await look(`42-${name}-security`, page);
    await page.goto(`${bank}/holder/card`);
    await look(`43-${name}-add`, page);
  }
});

test('nothing in any page was blocked or broken', () => {
  for (const person of people) person.assertNoProblems(/status of (403|404|409|422)/);
});
