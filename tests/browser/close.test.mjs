// A wallet with money in it is closed by its owner: on a telephone, from the safety page to the sign-in
// page that knows nobody any more; once a thief asks for it, and its owner types the code of the notice.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import {
  assertAccessible, assertFonts, launchBrowser, newPerson, screenshot, startKanuki,
} from './lib.mjs';
import {
  HANAKO, ICHIRO, enrolAtBranch, linkAccount, newestMessage, openWallet, proveIdentity, send,
  stopCode, usePasskey,
} from './steps.mjs';

let folder;
let dir;
let kanuki;
let browser;
let hanako;
let page;

async function look(name, on = page) {
  await assertAccessible(on);
  await assertFonts(on);
  await screenshot(on, `close-${name}`);
}

const main = (on = page) => on.locator('main').innerText();
const wallet = (where) => `${kanuki.walletUrl}/${where}`;

async function restart(later) {
  await kanuki.stop();
  kanuki = await startKanuki({ dir, later, port: kanuki.walletPort });
}

async function signIn(on = page) {
  await on.goto(wallet('sign-in'));
  await usePasskey(on);
}

/** Fills in an amount and goes to the page that asks once more. */
async function ask(where, amount) {
  const form = page.locator(`form[action="${where}"]`);
  await form.locator('[name=amount]').fill(amount);
  await Promise.all([page.waitForURL(/confirm/), form.locator('button').last().click()]);
  await page.waitForLoadState();
}

/** From the safety page to the signature. */
async function askToClose(on = page) {
  await on.goto(wallet('security'));
  await on.locator('main a[href="/close"]').click();
  await on.waitForURL(/\/close$/);
  await look('01-before', on);
  await on.locator('main a[href="/close/confirm"]').click();
  await on.waitForURL(/confirm/);
  await look('02-confirm', on);
  await usePasskey(on);
  assert.match(await main(on), /退会の手続き中です/);
}

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'kanuki-close-'));
  dir = path.join(folder, 'data');
  kanuki = await startKanuki({ dir });
  browser = await launchBrowser();
  hanako = await newPerson(browser);
  page = await hanako.newPage();
  await openWallet(page, kanuki, HANAKO);
  await proveIdentity(page, kanuki, HANAKO);
  await enrolAtBranch(page, kanuki, HANAKO);
  await linkAccount(page, kanuki, HANAKO);
  await page.goto(wallet('topup'));
  await ask('/topup/confirm', '9000');
  await send(page, '/topup');
  await page.getByText('チャージしました').first().waitFor({ timeout: 60_000 });
});

after(async () => {
  await browser?.close();
  await kanuki?.stop();
  await rm(folder, { recursive: true, force: true });
});

test('she reads what will happen, signs, and may think again', async () => {
  await askToClose();
  const text = await main();
  assert.match(text, /¥9,000/);
  await look('03-closing');
  await page.goto(wallet(''));
  assert.equal(await page.locator('main a[href="/topup"]').count(), 0);
  assert.equal(await page.locator('main a[href="/payout"]').count(), 1);
  await look('04-home');
  await page.goto(wallet('send'));
  assert.match(page.url(), /\/close$/, 'what would be refused is not offered');
  const told = await newestMessage(kanuki.walletBase, HANAKO.name, /退会/);
  assert.match(told.body, /¥9,000/);
  assert.doesNotMatch(told.body, /https?:/);

  await page.goto(wallet('close/keep'));
  await look('05-keep');
  await usePasskey(page);
  assert.equal(await page.locator('main a[href="/topup"]').count(), 1, 'everything goes on');
});

test('somebody with her telephone asks for it, and the code of the notice stops that', async () => {
  await askToClose();
  const told = await newestMessage(kanuki.walletBase, HANAKO.name, /退会が申し込まれました/);
  const stranger = await newPerson(browser);
  const anywhere = await stranger.newPage();
  await anywhere.goto(wallet('stop'));
  await anywhere.fill('[name=code]', stopCode(told));
  await send(anywhere, '/stop');
  assert.match(await main(anywhere), /退会が止まります/);
  await look('06-stop', anywhere);
  await send(anywhere, '/stop/press');
  assert.match(await main(anywhere), /cas_/);
  await page.goto(wallet('close'));
  assert.match(await main(), /止まっている間は、退会できません/);
  assert.equal(await page.locator('a[href="/close/confirm"]').count(), 0);
  await look('07-frozen');
  stranger.assertNoProblems();
  await stranger.close();
});

test('another pays out what is left, waits, and is nobody’s customer in the end', async () => {
  const ichiro = await newPerson(browser);
  page = await ichiro.newPage();
  await openWallet(page, kanuki, ICHIRO);
  await proveIdentity(page, kanuki, ICHIRO);
  await enrolAtBranch(page, kanuki, ICHIRO);
  await linkAccount(page, kanuki, ICHIRO);
  await page.goto(wallet('topup'));
  await ask('/topup/confirm', '3000');
  await send(page, '/topup');
  await page.getByText('チャージしました').first().waitFor({ timeout: 60_000 });
  await askToClose();

  await restart('+2d');
  await signIn();
  await page.goto(wallet('payout'));
  await ask('/payout/confirm', '3000');
  await usePasskey(page);
  await page.getByText('出金しました').first().waitFor({ timeout: 60_000 });
  await page.goto(wallet('close'));
  await look('08-empty');

  await restart('+8d');
  const told = await newestMessage(kanuki.walletBase, ICHIRO.name, /退会しました/);
  assert.match(told.body, /7年/);
  await page.goto(wallet(''));
  assert.equal(await page.locator('main a[href="/open"]').count(), 1, 'anybody may begin');
  await page.goto(wallet('close'));
  assert.match(page.url(), /sign-in/);
  await usePasskey(page);
  assert.match(page.url(), /again=1/, 'like any passkey that opens nothing');
  await look('09-nobody');
  ichiro.assertNoProblems(/status of 4/);
  await ichiro.close();
});
