// The bank's side for its customer, in a browser: a passkey by call, by ATM and by letter, what the
// portal shows and does, and what waiting means.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import {
  assertAccessible, assertFonts, launchBrowser, newPerson, screenshot, startKanuki,
} from './lib.mjs';
import {
  KEN, askTheMachine, bankUrl, callTheBank, linkAccount, newestMessage, openWallet, proveIdentity,
  send, startEnrolment, usePasskey,
} from './steps.mjs';

let folder;
let dir;
let kanuki;
let browser;
let ken;
let page;
let holder;

async function look(name, on = page) {
  await assertAccessible(on);
  await assertFonts(on);
  await screenshot(on, `h-${name}`);
}

const main = (on = page) => on.locator('main').innerText();

async function restart(later) {
  await kanuki.stop();
  kanuki = await startKanuki({ dir, later, port: kanuki.walletPort });
}

async function signIn() {
  await page.goto(`${holder}/holder/sign-in`);
  await usePasskey(page);
}

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'kanuki-holder-'));
  dir = path.join(folder, 'data');
  kanuki = await startKanuki({ dir });
  holder = bankUrl(kanuki, KEN.bank);
  browser = await launchBrowser();
  ken = await newPerson(browser);
  page = await ken.newPage();
});

after(async () => {
  await browser?.close();
  await kanuki?.stop();
  await rm(folder, { recursive: true, force: true });
});

test('a call from another telephone is nobody, one from the number on file makes a passkey', async () => {
  await page.goto(holder);
  await look('01-home');
  await page.goto(`${holder}/enrol`);
  await look('02-enrol');
  await startEnrolment(page, kanuki, KEN, 'call');
  await look('03-call');
  assert.match(await callTheBank(page, kanuki, KEN, '09000009999'), /確認できません|受け付け/);
  await page.reload();
  assert.doesNotMatch(page.url(), /passkey/, 'a stranger’s call changed nothing');
  await callTheBank(page, kanuki, KEN);
  await page.locator('main a[href^="/enrol/wait"]').click();
  await page.waitForURL(/\/enrol\/passkey/);
  await look('04-passkey');
  await usePasskey(page);
  await signIn();
  await look('05-portal-empty');
});

test('the machine hands a code for card and PIN; the page never asks for a PIN', async () => {
  const other = await newPerson(browser);
  const there = await other.newPage();
  await startEnrolment(there, kanuki, KEN, 'atm');
  assert.doesNotMatch(await main(there), /暗証番号を入力/);
  await look('06-atm-code', there);
  await there.fill('[name=code]', '00000000');
  await send(there, '/enrol/code');
  assert.match(await there.locator('.error').first().innerText(), /./);
  await there.fill('[name=code]', await askTheMachine(there, kanuki, KEN));
  await send(there, '/enrol/code');
  await usePasskey(there);
  await there.goto(`${holder}/holder/sign-in`);
  await usePasskey(there);
  await there.goto(`${holder}/holder/security`);
  await look('07-security', there);
  assert.match(await main(there), /ATM/);
  await other.close();
});

test('a link that rests on a call moves nothing until the letter is answered', async () => {
  await openWallet(page, kanuki, KEN);
  await proveIdentity(page, kanuki, KEN);
  await linkAccount(page, kanuki, KEN, (name) => look(`08-${name}`));
  assert.match(await main(), /まだチャージできません/);
  await look('09-wallet-waits');
  await page.goto(`${kanuki.walletUrl}/topup`);
  assert.match(await main(), /まだチャージできません/);
  await look('10-topup-waits');

  await signIn();
  await page.goto(`${holder}/holder`);
  await look('11-portal');
  await page.locator('main a[href^="/holder/mandates/"]').first().click();
  await page.waitForURL(/mandates/);
  await look('12-mandate-waits');
  await page.fill('[name=code]', 'WRONG-CODE');
  await send(page, `${new URL(page.url()).pathname}/confirm`);
  await look('13-letter-wrong');
  const letter = await newestMessage(kanuki.bankBase(1), KEN.name, /確認コード：/);
  const code = letter.body.match(/確認コード：(\S+)/)[1];
  await page.fill('[name=code]', code);
  await send(page, `${new URL(page.url()).pathname}/confirm`);
  assert.match(await main(), /¥10,000/);
  await look('14-confirmed');

  await newestMessage(kanuki.walletBase, KEN.name, /つな/);
  for (let tries = 0; tries < 300; tries += 1) {
    await page.goto(`${kanuki.walletUrl}/topup`);
    if (await page.locator('form[action="/topup/confirm"]').count()) break;
    await page.waitForTimeout(100);
  }
  await page.fill('[name=amount]', '3000');
  await Promise.all([page.waitForURL(/confirm/), page.locator('form[action="/topup/confirm"] button').last().click()]);
  await send(page, '/topup');
  await page.getByText('チャージしました').first().waitFor({ timeout: 60_000 });
});

test('a cap is lowered at once, and raised later with a passkey', async () => {
  await signIn();
  await page.locator('main a[href^="/holder/mandates/"]').first().click();
  await page.waitForURL(/mandates/);
  const mandate = page.url().split('?')[0];
  await look('20-mandate');
  await page.goto(`${mandate}/lower`);
  await look('21-lower');
  await page.fill('[name=per_day]', '20000');
  await page.fill('[name=per_month]', '60000');
  await send(page, `${new URL(mandate).pathname}/lower`);
  assert.match(await main(), /¥20,000/);
  await look('22-lowered');

  await page.goto(`${mandate}/raise`);
  await page.fill('[name=per_day]', '40000');
  await page.fill('[name=per_month]', '60000');
  await send(page, `${new URL(mandate).pathname}/raise`);
  await look('23-raise-sign');
  await usePasskey(page);
  await look('24-raise-waits');
  assert.match(await main(), /¥40,000/);
  assert.match(await main(), /¥20,000/, 'the old cap holds until then');

  await restart('+8d'); // The passkey is new: a raise waits a week.
  await signIn();
  await page.goto(mandate);
  assert.doesNotMatch(await main(), /¥20,000/);
  assert.match(await main(), /¥40,000/);
  await look('25-raised');
});

test('the holder stops the mandate, and past ones stay on the list', async () => {
  await page.locator('main a[href$="/stop"]').click();
  await page.waitForURL(/stop/);
  await look('26-stop');
  await send(page, new URL(page.url()).pathname);
  await look('27-stopped');
  await page.goto(`${holder}/holder`);
  assert.match(await main(), /閂ウォレット/);
  await look('28-past');
});

test('silence never activates: an unanswered link lapses after two weeks', async () => {
  await page.goto(`${kanuki.walletUrl}/sign-in`);
  await usePasskey(page);
  await linkAccount(page, kanuki, KEN);
  assert.match(await main(), /まだチャージできません/);
  await restart('+24d');
  await page.goto(`${kanuki.walletUrl}/sign-in`);
  await usePasskey(page);
  await page.goto(`${kanuki.walletUrl}/topup`);
  await look('30-lapsed');
  assert.equal(await page.locator('form[action="/topup/confirm"]').count(), 0);
  await signIn();
  await look('31-portal-lapsed');
});

test('the same pages in the dark, in English and on a desk', async () => {
  for (const [name, options] of [
    ['dark', { colorScheme: 'dark' }],
    ['wide', { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1 }],
    ['english', { locale: 'en-GB' }],
  ]) {
    const person = await newPerson(browser, { passkeys: ken.passkeys, ...options });
    const view = await person.newPage();
    for (const where of ['', 'enrol', 'stop', 'report', 'check', 'demo/phone', 'demo/atm', 'demo/inbox']) {
      await view.goto(`${holder}/${where}`);
      await look(`40-${name}-${where.replace('/', '-') || 'home'}`, view);
    }
    await view.goto(`${holder}/holder/sign-in`);
    await usePasskey(view);
    await look(`41-${name}-portal`, view);
    await view.locator('main a[href^="/holder/mandates/"]').first().click();
    await view.waitForURL(/mandates/);
    await look(`42-${name}-mandate`, view);
    await view.goto(`${holder}/holder/security`);
    await look(`43-${name}-security`, view);
    person.assertNoProblems();
    await person.close();
  }
});

test('nothing in any page was blocked or broken', () => {
  ken.assertNoProblems(/status of 422/);
});
