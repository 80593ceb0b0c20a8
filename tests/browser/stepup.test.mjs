// A top-up above what was agreed: the bank's page, its yes and its no, and a second device.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import {
  assertAccessible, assertFonts, launchBrowser, newPerson, screenshot, startKanuki,
} from './lib.mjs';
import {
  HANAKO, bankUrl, enrolAtBranch, linkAccount, newestMessage, openWallet, proveIdentity, send, usePasskey,
} from './steps.mjs';

let folder;
let kanuki;
let browser;
let hanako;
let page;

const main = (on = page) => on.locator('main').innerText();

/** On a phone and on a desk, by day and by night. */
async function look(name, on = page) {
  await assertAccessible(on);
  await assertFonts(on);
  await screenshot(on, `s-${name}`);
  await on.setViewportSize({ width: 1280, height: 800 });
  await on.emulateMedia({ colorScheme: 'dark' });
  await screenshot(on, `s-${name}-wide`);
  await on.emulateMedia({ colorScheme: 'light' });
  await on.setViewportSize({ width: 390, height: 780 });
}

async function signIn(on = page) {
  await on.goto(`${kanuki.walletUrl}/sign-in`);
  await usePasskey(on);
}

/** Asks for a top-up and stays where that leads. */
async function topUp(amount, on = page) {
  await on.goto(`${kanuki.walletUrl}/topup`);
  const form = on.locator('form[action="/topup/confirm"]');
  await form.locator('[name=amount]').fill(`${amount}`);
  await Promise.all([on.waitForURL(/confirm/), form.locator('button').last().click()]);
  await on.waitForLoadState();
  if (amount > 10_000) assert.match(await main(on), /銀行での承認が必要です/);
  await send(on, '/topup');
}

/** From the top-up's page to the bank. */
async function toBank(on = page) {
  const action = `${new URL(on.url()).pathname}/approve`;
  await send(on, action);
  assert.equal(new URL(on.url()).hostname, 'bank-one.localhost');
}

async function balance(on = page) {
  await on.goto(kanuki.walletUrl);
  return (await on.locator('.balance-amount').first().innerText()).trim();
}

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'kanuki-stepup-'));
  const dir = path.join(folder, 'data');
  kanuki = await startKanuki({ dir });
  browser = await launchBrowser();
  hanako = await newPerson(browser);
  page = await hanako.newPage();
  await openWallet(page, kanuki, HANAKO);
  await proveIdentity(page, kanuki, HANAKO);
  await enrolAtBranch(page, kanuki, HANAKO);
  // She wants little to be possible: ¥10,000 a day.
  await linkAccount(page, kanuki, HANAKO, async (name) => {
    if (name === 'link-terms') await page.selectOption('[name=per_day]', '10000');
  });
  await kanuki.stop();
  kanuki = await startKanuki({ dir, later: '+25h', port: kanuki.walletPort });
  await signIn();
});

after(async () => {
  await browser?.close();
  await kanuki?.stop();
  await rm(folder, { recursive: true, force: true });
});

test('more than was agreed is approved at the bank, once', async () => {
  await topUp(30_000);
  assert.match(await main(), /お金はまだ動いていません/);
  await look('01-needs-approval');
  const waiting = page.url();

  await toBank();
  assert.doesNotMatch(await main(), /30,000/, 'nothing is told before sign-in');
  await look('02-bank-sign-in');
  await usePasskey(page);
  assert.match(await main(), /¥30,000/);
  assert.match(await main(), /同意された範囲を超えています/);
  await look('03-bank-approve');
  await usePasskey(page);
  await page.waitForURL((url) => url.hostname === 'wallet.localhost');
  assert.equal(page.url(), waiting);
  assert.match(await main(), /チャージしました/);
  await look('04-done');

  assert.match(await balance(), /30,000/);
  const told = await newestMessage(kanuki.bankBase(0), HANAKO.name, /1回だけ承認されました/);
  assert.match(told.body, /停止コード/);
  await page.goto(waiting);
  assert.match(await main(), /チャージしました/, 'looking again changes nothing');
});

test('no at the bank, no here, and time are all a no, and no money moves', async () => {
  await topUp(15_000);
  await toBank();
  await usePasskey(page);
  await send(page, '/authorize/debit/decline');
  await page.waitForURL((url) => url.hostname === 'wallet.localhost');
  assert.match(await main(), /承認がありませんでした/);
  await look('05-declined');

  await topUp(15_000);
  await send(page, `${new URL(page.url()).pathname}/abandon`);
  assert.match(await main(), /承認がありませんでした/);

  // What no signature could help is not asked for: the bank's own day has ¥20,000 left.
  await topUp(25_000);
  assert.match(await main(), /上限を超えています/);
  assert.match(await balance(), /30,000/);
});

test('a second device is let in by a signature, and only once has to ask', async () => {
  const tablet = await newPerson(browser, { passkeys: hanako.passkeys });
  const there = await tablet.newPage();
  await signIn(there);
  await topUp(1_000, there);
  assert.match(await main(there), /お金はまだ動いていません/);
  await toBank(there);
  await usePasskey(there);
  assert.match(await main(there), /はじめての端末/);
  await look('06-bank-new-device', there);
  await usePasskey(there);
  await there.waitForURL((url) => url.hostname === 'wallet.localhost');
  assert.match(await main(there), /チャージしました/);

  await topUp(1_000, there);
  assert.match(await main(there), /チャージしました/);
  assert.match(await balance(there), /32,000/);
  tablet.assertNoProblems();
  await tablet.close();
});

test('she approves in her bank\'s own page, with the number that the wallet shows', async () => {
  await topUp(12_000);
  await send(page, `${new URL(page.url()).pathname}/wait`);
  const number = (await page.locator('.notice .balance-amount').innerText()).trim();
  assert.match(number, /^[0-9]{2}$/);
  await look('07-waiting');

  const bank = await hanako.newPage();
  await bank.goto(`${bankUrl(kanuki, HANAKO.bank)}/holder/approvals`);
  await usePasskey(bank);
  assert.match(await main(bank), /¥12,000/);
  // An amount, a day or a time may hold the same two digits by chance.
  const alone = (await main(bank)).replaceAll(/¥[\d,]+|\d+[年月日時分]|\d+:\d+|\d{3,}/g, '');
  assert.ok(!alone.includes(number), `the bank shows no number: ${alone}`);
  await look('08-bank-approvals', bank);
  await bank.fill('[name=number]', number);
  await usePasskey(bank);
  assert.match(await main(bank), /承認しました/);
  await look('09-bank-approved', bank);
  await bank.close();

  // The page loads itself again; the worker fetches the answer.
  await page.getByText('チャージしました').first().waitFor({ timeout: 60_000 });
  assert.match(await balance(), /44,000/);
});

test('the pages had no problems', () => hanako.assertNoProblems());
