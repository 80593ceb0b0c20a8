// A holder locks an account: the wallet gets a no, the holder sees who asked, opening waits a day,
// and the notice's code keeps it locked. Staff see what was compared.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import {
  assertAccessible, assertFonts, launchBrowser, newPerson, screenshot, startKanuki,
} from './lib.mjs';
import {
  HANAKO, STAFF, bankUrl, comeToDesk, enrolAtBranch, linkAccount, newestMessage, openWallet, proveIdentity, send,
  stopCode, usePasskey,
} from './steps.mjs';

let folder;
let dir;
let kanuki;
let browser;
let page;
let bank;

async function look(name, on = page) {
  await assertAccessible(on);
  await assertFonts(on);
  await screenshot(on, `l-${name}`);
}

const main = () => page.locator('main').innerText();

async function signIn() {
  await page.goto(`${bank}/holder/sign-in`);
  await usePasskey(page);
}

/** Sends the first account's form: the one that the wallet links. */
async function press(action) {
  const form = page.locator(`form[action="${action}"]`).first();
  await Promise.all([
    page.waitForEvent('framenavigated', (frame) => frame === page.mainFrame()),
    form.locator('button').first().click(),
  ]);
  await page.waitForLoadState();
}

/** As far as the account's choice, and what the bank says then. */
async function tryToLink() {
  await page.goto(`${kanuki.walletUrl}/link/start?bank=9901`);
  await page.check('[name=consent]');
  await send(page, '/link/start');
  await usePasskey(page);
  await page.locator('[name=account]').first().check();
  await send(page, '/authorize/account');
  return main();
}

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'kanuki-lock-'));
  dir = path.join(folder, 'data');
  kanuki = await startKanuki({ dir });
  bank = bankUrl(kanuki, HANAKO.bank);
  browser = await launchBrowser();
  const hanako = await newPerson(browser);
  page = await hanako.newPage();
  await openWallet(page, kanuki, HANAKO);
  await proveIdentity(page, kanuki, HANAKO);
  await enrolAtBranch(page, kanuki, HANAKO);
});

after(async () => {
  await browser?.close();
  await kanuki?.stop();
  await rm(folder, { recursive: true, force: true });
});

test('a locked account refuses, and the wallet hears only a no', async () => {
  await signIn();
  await page.goto(`${bank}/holder/lock`);
  await look('open');
  await press('/holder/lock');
  assert.match(await main(), /ロックしました/);
  await look('locked');

  assert.match(await tryToLink(), /新しい連携を受け付けていません/);
  await look('refused');
  await send(page, '/authorize/refuse');
  await page.waitForURL((url) => url.hostname === 'wallet.localhost');
  await look('wallet');

  const notice = await newestMessage(`http://localhost:${kanuki.bankPort}`, HANAKO.name, /ロック中の口座/);
  assert.ok(!/https?:/.test(notice.body));
  await signIn();
  await page.goto(`${bank}/holder/lock`);
  assert.match(await main(), /ロック中のためお断り/);
  await look('asked');
});

test('opening is signed, told, and called off by the code of its notice', async () => {
  await press('/holder/lock/open');
  await look('opening-sign');
  await usePasskey(page);
  assert.match(await main(), /解除待ち/);
  await look('opening');
  const notice = await newestMessage(`http://localhost:${kanuki.bankPort}`, HANAKO.name, /ロックを解く申し込み/);

  await page.goto(`${bank}/stop`);
  await page.fill('[name=code]', stopCode(notice));
  await send(page, '/stop');
  await look('stop');
  await send(page, '/stop/confirm');
  await signIn();
  await page.goto(`${bank}/holder/lock`);
  assert.match(await main(), /ロック中/);
  assert.ok(!/解除待ち/.test(await main()));
});

test('a day after it was asked for, it opens and the account links', async () => {
  await press('/holder/lock/open');
  await usePasskey(page);
  await kanuki.stop();
  kanuki = await startKanuki({ dir, later: '+25h', port: kanuki.walletPort });
  await page.goto(`${kanuki.walletUrl}/sign-in`);
  await usePasskey(page);

  await linkAccount(page, kanuki, HANAKO);

  await signIn();
  await page.goto(`${bank}/holder/lock`);
  assert.match(await main(), /連携しました/);
  await look('linked');
});

test('staff with a case see what was compared, and no value of it', async () => {
  const person = await newPerson(browser, { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1 });
  const desk = await person.newPage();
  await comeToDesk(desk, bank, STAFF['bank-one'][0]);
  await desk.locator('main a[href^="/desk/cases/"]').first().click();
  await desk.waitForLoadState();
  const text = await desk.locator('main').innerText();
  assert.match(text, /本人の照合の記録/);
  assert.ok(!text.includes(HANAKO.name) && !text.includes('千代田'));
  await look('desk-compared', desk);
});
