// A customer's contacts are on a list of what leaked: they are told, connect nothing new, and say with their
// passkey that it is them. The desk of a bank loads the same file for its accounts.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import {
  assertAccessible, assertFonts, launchBrowser, newPerson, screenshot, startKanuki,
} from './lib.mjs';
import {
  ICHIRO, STAFF, bankUrl, comeToDesk, newestMessage, openWallet, proveIdentity, send, usePasskey,
} from './steps.mjs';

const DESK = { viewport: { width: 1280, height: 900 }, deviceScaleFactor: 1 };
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 1 };
/** A made list: the demo's person at the wallet, and his account at bank one. */
const LIST = `KANUKI-LEAK,1,デモの漏えいリスト,このテストのために作ったもの,2026-11-20
kind,value,seen,note
mail,${ICHIRO.mail},2026-11-12,偽サイト
account,9901-${ICHIRO.account.branch}-${ICHIRO.account.number},2026-11-12,偽サイト
`;
let kanuki;
let browser;

async function look(page, name) {
  await assertAccessible(page);
  await assertFonts(page);
  await screenshot(page, `leak-${name}`);
}

async function load(page, base) {
  await page.goto(`${base}/desk/leaks`);
  await page.setInputFiles('[name=file]', {
    name: 'leak.csv', mimeType: 'text/csv', buffer: Buffer.from(LIST),
  });
  await send(page, '/desk/leaks');
}

before(async () => {
  kanuki = await startKanuki();
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await kanuki?.stop();
});

test('who is on a list of leaks is told, connects nothing, and says with a passkey that it is them', async () => {
  const base = kanuki.walletUrl;
  const customer = await newPerson(browser, PHONE);
  const page = await customer.newPage();
  await openWallet(page, kanuki, ICHIRO);
  await proveIdentity(page, kanuki, ICHIRO);

  const aoki = await (await newPerson(browser, DESK)).newPage();
  await comeToDesk(aoki, base, STAFF.wallet[0]);
  await load(aoki, base);
  await look(aoki, '01-loaded');

  await newestMessage(kanuki.walletBase, ICHIRO.name, /漏れている恐れ/);
  await page.goto(`${base}/link?q=${encodeURIComponent(ICHIRO.bank.name)}`);
  await page.getByRole('link', { name: ICHIRO.bank.name }).click();
  await page.waitForLoadState();
  await page.check('[name=consent]');
  await send(page, '/link/start');
  const stopped = await page.locator('main').innerText();
  assert.match(stopped, /いまは止められています/);
  assert.doesNotMatch(stopped, /漏|リスト/);

  await page.goto(`${base}/security/safety`);
  await look(page, '02-safety');
  await usePasskey(page);
  assert.match(await page.locator('main').innerText(), /確かめました/);
  await look(page, '03-confirmed');
  await aoki.goto(`${base}/desk/leaks`);
  assert.match(await aoki.locator('main').innerText(), /本人が解除を申し込み済み/);

  const ueda = await (await newPerson(browser, { ...PHONE, colorScheme: 'dark' })).newPage();
  const bank = bankUrl(kanuki, ICHIRO.bank);
  await comeToDesk(ueda, bank, STAFF['bank-one'][0]);
  await load(ueda, bank);
  await newestMessage(kanuki.bankBase(0), ICHIRO.name, /他人に知られている恐れ/);
  await ueda.goto(`${bank}/desk/leaks`);
  await look(ueda, '04-bank-phone-dark');
});
