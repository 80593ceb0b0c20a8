// A stranger asks to recover somebody's wallet: her bank hears of it, takes care for a week and tells
// her; its desk reads the table in words, and two people let the link go on as before.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import {
  assertAccessible, assertFonts, launchBrowser, newPerson, screenshot, startKanuki,
} from './lib.mjs';
import {
  HANAKO, STAFF, bankUrl, comeToDesk, enrolAtBranch, linkAccount, newestMessage, openWallet,
  proveIdentity, send, stopCode,
} from './steps.mjs';

const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 1 };
const POLICY = '/desk/signals/policy';
let kanuki;
let browser;

async function look(page, name) {
  await assertAccessible(page);
  await assertFonts(page);
  await screenshot(page, `signals-${name}`);
}

const main = (page) => page.locator('main').innerText();

before(async () => {
  kanuki = await startKanuki();
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await kanuki?.stop();
});

test('a bank takes care when its holder\'s wallet is to be recovered, and two people end it', async () => {
  const page = await (await newPerson(browser)).newPage();
  await openWallet(page, kanuki, HANAKO);
  await proveIdentity(page, kanuki, HANAKO);
  await enrolAtBranch(page, kanuki, HANAKO);
  await linkAccount(page, kanuki, HANAKO);

  const stranger = await (await newPerson(browser)).newPage();
  await stranger.goto(`${kanuki.walletUrl}/recover`);
  await stranger.fill('[name=contact]', HANAKO.mail);
  await send(stranger, '/recover');
  const told = await newestMessage(kanuki.bankBase(0), HANAKO.name, /上限を下げます/);
  assert.match(told.body, /復旧の申し込み[\s\S]*これまでの半分[\s\S]*お金は動いていません/);
  assert.ok(stopCode(told));

  const base = bankUrl(kanuki, HANAKO.bank);
  const pages = [];
  for (const code of STAFF['bank-one'].slice(0, 2)) {
    const desk = await (await newPerson(browser, PHONE)).newPage();
    await comeToDesk(desk, base, code);
    pages.push(desk);
  }
  const [first, second] = pages;
  await first.goto(`${base}/desk/partners`);
  await look(first, 'partners');
  await first.locator(`main a[href="${POLICY}"]`).focus();
  await first.keyboard.press('Enter');
  await first.waitForURL(`**${POLICY}`);
  const shown = await main(first);
  assert.match(shown, /出荷時のままの表です/);
  assert.match(shown, /ウォレットや銀行のログインが、本人のものでなくなった/);
  assert.match(shown, /いま用心している連携[\s\S]*man_[\s\S]*アカウントの復旧が申し込まれた/);
  await look(first, 'policy');

  await first.locator('form[action="/desk/signals/ease"]').locator('xpath=ancestor::details').first()
    .locator('summary').click();
  await first.locator('form[action="/desk/signals/ease"] [name=reason]').fill('本人へ電話。復旧は身に覚えなし');
  await look(first, 'ask');
  await send(first, '/desk/signals/ease');
  await first.waitForURL(/\/desk\/approvals/);
  await second.goto(`${base}/desk/approvals`);
  assert.match(await main(second), /用心を終え、連携を元に戻す/);
  await look(second, 'approve');
  await Promise.all([
    second.waitForEvent('framenavigated', (frame) => frame === second.mainFrame()),
    second.locator('form[action*="/desk/approvals/"] button').first().click(),
  ]);
  await second.waitForLoadState();
  await second.goto(`${base}${POLICY}`);
  assert.doesNotMatch(await main(second), /man_/);

  // The same in English, and at the wallet's desk.
  const wallet = await (await newPerson(browser, { ...PHONE, locale: 'en-GB' })).newPage();
  await comeToDesk(wallet, kanuki.walletUrl, STAFF.wallet[0]);
  await wallet.goto(`${kanuki.walletUrl}${POLICY}`);
  assert.match(await main(wallet), /This is the table as it is shipped[\s\S]*No table says less/);
  await look(wallet, 'wallet-english');
});
