// A link is renewed: chosen in the wallet, compared and signed at the bank, the same link as before.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import {
  assertAccessible, assertFonts, launchBrowser, newPerson, screenshot, startKanuki,
} from './lib.mjs';
import {
  HANAKO, bankUrl, enrolAtBranch, linkAccount, newestMessage, openWallet, proveIdentity, send,
  usePasskey,
} from './steps.mjs';

let folder;
let kanuki;
let browser;
let page;
let link;

async function look(name) {
  await assertAccessible(page);
  await assertFonts(page);
  await screenshot(page, `r-${name}`);
}

const main = () => page.locator('main').innerText();

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'kanuki-renew-'));
  kanuki = await startKanuki({ dir: path.join(folder, 'data') });
  browser = await launchBrowser();
  page = await (await newPerson(browser)).newPage();
  await openWallet(page, kanuki, HANAKO);
  await proveIdentity(page, kanuki, HANAKO);
  await enrolAtBranch(page, kanuki, HANAKO);
  await linkAccount(page, kanuki, HANAKO);
  link = new URL(page.url()).pathname;
});

after(async () => {
  await browser?.close();
  await kanuki?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** From the link's page to the bank's page that compares. */
async function toComparison(fill) {
  await page.goto(`${kanuki.walletUrl}${link}`);
  await page.getByRole('link', { name: '内容を新しくする' }).click();
  await page.waitForLoadState();
  await fill();
  await page.check('[name=consent]');
}

async function throughTheBank() {
  await send(page, `${link}/renew`);
  assert.equal(new URL(page.url()).hostname, `${HANAKO.bank.host}.localhost`);
  await usePasskey(page);
  assert.equal(new URL(page.url()).pathname, '/authorize/consent', 'no account is asked for again');
}

test('a customer chooses a budget, compares old and new at the bank, and keeps the link', async () => {
  await page.goto(`${kanuki.walletUrl}${link}`);
  await look('01-link');
  await toComparison(async () => {
    await page.selectOption('[name=per_day]', '30000');
    await page.selectOption('[name=budget]', '50000');
  });
  await look('02-renew');
  await throughTheBank();
  const shown = await main();
  assert.match(shown, /いま：¥50,000/, 'what was, beside what is to be');
  assert.match(shown, /1か月（1日から）の合計/);
  assert.match(shown, /いますぐ有効になります/);
  await look('03-compare');
  await usePasskey(page);
  await page.waitForURL((url) => url.hostname === 'wallet.localhost');
  assert.equal(new URL(page.url()).pathname, link, 'the same link');
  assert.match(await main(), /内容を新しくしました[\s\S]*1か月（1日から）の合計\s*¥50,000/);
  await look('04-renewed');

  const callback = page.url();
  await page.reload();
  assert.equal(page.url(), callback, 'a reload changes nothing');
  const told = await newestMessage(kanuki.bankBase(0), HANAKO.name, /内容を新しくしました/);
  assert.match(told.body, /停止コード/);
});

test('what becomes wider is said to wait, in the comparison and in the portal', async () => {
  await toComparison(() => page.selectOption('[name=budget]', ''));
  await throughTheBank();
  assert.match(await main(), /なくなります[\s\S]*24時間後から有効になります/);
  await look('05-wider');
  await usePasskey(page);
  await page.waitForURL((url) => url.hostname === 'wallet.localhost');
  assert.match(await main(), /1か月（1日から）の合計\s*¥50,000/, 'the budget holds for another day');

  await page.goto(`${bankUrl(kanuki, HANAKO.bank)}/holder/sign-in`);
  await usePasskey(page);
  await page.locator('a[href^="/holder/mandates/"]').first().click();
  await page.waitForLoadState();
  assert.match(await main(), /上限が上がる予定です/);
  await look('06-portal');
});
