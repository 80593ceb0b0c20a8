// Somebody with no account anywhere tells of a debit that was not theirs, and the money comes back:
// from /report to the refund in both companies' books.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import {
  assertAccessible, assertFonts, launchBrowser, newPerson, screenshot, startKanuki,
} from './lib.mjs';
import {
  HANAKO, STAFF, bankUrl, comeToDesk, enrolAtBranch, linkAccount, newestMessage, openWallet,
  proveIdentity, send, shownCode, stopCode,
} from './steps.mjs';

const DESK = { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1 };
const run = promisify(execFile);
let folder;
let dir;
let kanuki;
let browser;
let stranger;
let report;
let stopped;
const desks = {};

const main = (on) => on.locator('main').innerText();

async function look(on, name) {
  await assertAccessible(on);
  await assertFonts(on);
  await screenshot(on, `claim-${name}`);
}

/** Fills in the form on a case's page that does `act`, and sends it. */
async function claim(page, number, act, fields = {}) {
  const form = page.locator(`form[action="/desk/cases/${number}/claim"]:has(button[value="${act}"])`);
  const folded = page.locator(`details:has(form button[name=act][value="${act}"]) > summary`);
  if (await folded.count()) await folded.first().click();
  for (const [name, value] of Object.entries(fields)) {
    const field = form.locator(`[name="${name}"]`);
    if (await field.evaluate((element) => element.tagName) === 'SELECT') await field.selectOption(value);
    else await field.fill(value);
  }
  await Promise.all([
    page.waitForEvent('framenavigated', (frame) => frame === page.mainFrame()),
    form.locator(`button[value="${act}"]`).click(),
  ]);
  await page.waitForLoadState();
}

async function approve(page, base) {
  await page.goto(`${base}/desk/approvals`);
  await look(page, `approve-${new URL(base).hostname}`);
  const agree = page.locator('form[action*="/desk/approvals/"] button').first();
  await Promise.all([
    page.waitForEvent('framenavigated', (frame) => frame === page.mainFrame()),
    agree.click(),
  ]);
  await page.waitForLoadState();
}

/** Asks a page again until it says so: the other company hears within seconds. */
async function until(page, url, words) {
  for (let tries = 0; tries < 300; tries += 1) {
    await page.goto(url);
    if (words.test(await main(page))) return;
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
  assert.fail(`${url} never said ${words}: ${await main(page)}`);
}

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'kanuki-claim-'));
  dir = path.join(folder, 'data');
  kanuki = await startKanuki({ dir });
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await kanuki?.stop();
  await rm(folder, { recursive: true, force: true });
});

test('a wallet takes 9,000 yen from an account, and somebody without any account tells of it', async () => {
  const thief = await newPerson(browser);
  const page = await thief.newPage();
  await openWallet(page, kanuki, HANAKO);
  await proveIdentity(page, kanuki, HANAKO);
  await enrolAtBranch(page, kanuki, HANAKO);
  await linkAccount(page, kanuki, HANAKO);
  await page.goto(`${kanuki.walletUrl}/topup`);
  const amount = page.locator('form[action="/topup/confirm"]');
  await amount.locator('[name=amount]').fill('9000');
  await Promise.all([page.waitForURL(/confirm/), amount.locator('button').last().click()]);
  await send(page, '/topup');
  await page.getByText('チャージしました').waitFor();
  await thief.close();

  stranger = await newPerson(browser);
  report = await stranger.newPage();
  await report.goto(`${kanuki.walletUrl}/report`);
  await report.fill('[name=contact]', '090-1234-5678');
  await report.fill('[name=text]', '通帳に知らない引き落としがありました');
  await report.selectOption('[name=about]', '9901');
  await look(report, '01-report');
  await send(report, '/report');
  await look(report, '02-reported');
  const said = await main(report);
  stopped = {
    number: said.match(/cas_[0-9a-z]+/)[0],
    short: said.match(/[0-9]{5}-[0-9]{5}/)[0],
    code: await shownCode(report),
  };
});

test('with number and code everybody sees the days, and with a wrong code nothing', async () => {
  await report.goto(`${kanuki.walletUrl}/report/${stopped.number}`);
  await look(report, '03-look');
  await report.fill('[name=code]', 'AAAA-BBBB-CCCC');
  await send(report, '/report/look');
  assert.match(await main(report), /確認できません/);
  await look(report, '04-wrong');
  // As a Japanese keyboard writes it.
  await report.fill('[name=number]', stopped.short.replace(/[0-9-]/g, (c) => String.fromCodePoint(c.codePointAt(0) + 0xfee0)));
  await report.fill('[name=code]', stopped.code);
  await send(report, '/report/look');
  assert.match(await main(report), /返金の期限/);
  assert.match(await main(report), /同じ受付番号を当社から知らせ/);
  await look(report, '05-far');

  await report.goto(`${kanuki.walletUrl}/compensation`);
  assert.match(await main(report), /お支払いするのは、ウォレットの会社です/);
  const table = report.locator('.table-box');
  assert.ok(await table.evaluate((box) => box.scrollWidth <= box.clientWidth), 'nothing to scroll sideways');
  await look(report, '06-policy');
  await report.emulateMedia({ colorScheme: 'dark' });
  await look(report, '06-policy-dark');
  await report.emulateMedia({ colorScheme: 'light' });
  await report.goto(`${bankUrl(kanuki, HANAKO.bank)}/compensation`);
  await look(report, '07-policy-bank');
});

test('the holder stops it, and the wallet pays the account it took from: by two people', async () => {
  const bank = bankUrl(kanuki, HANAKO.bank);
  await report.goto(`${bank}/stop`);
  await report.fill('[name=code]', stopCode(await newestMessage(kanuki.bankBase(0), HANAKO.name, /閂ウォレット/)));
  await send(report, '/stop');
  const press = report.locator('main form[method=post]').last();
  await send(report, await press.getAttribute('action'));
  const proven = (await main(report)).match(/cas_[0-9a-z]+/)[0];
  await newestMessage(kanuki.walletBase, HANAKO.name, /止め/);

  for (const where of ['wallet', 'bank-one']) {
    const base = where === 'wallet' ? kanuki.walletUrl : bank;
    desks[where] = { base, pages: [] };
    for (const code of STAFF[where].slice(0, 2)) {
      const person = await newPerson(browser, DESK);
      const page = await person.newPage();
      await comeToDesk(page, base, code);
      desks[where].pages.push(page);
    }
  }
  const { base, pages: [first, second] } = desks.wallet;
  const number = stopped.number;
  const at = `${base}/desk/cases/${number}`;
  await first.goto(at);
  await look(first, '10-wallet-report');
  await claim(first, number, 'answered');
  await claim(first, number, 'join', { other: proven });
  await first.locator('[name^="item-"]').first().check();
  await look(first, '11-wallet-open');
  await claim(first, number, 'open');
  await claim(first, number, 'investigate', { reason: '記録を確かめる' });
  await look(first, '12-wallet-look');
  await first.setViewportSize({ width: 390, height: 844 });
  await first.emulateMedia({ colorScheme: 'dark' });
  await look(first, '12-wallet-look-phone-dark');
  await first.emulateMedia({ colorScheme: 'light' });
  await first.setViewportSize(DESK.viewport);
  await first.goto(`${base}/desk/claims`);
  await look(first, '13-wallet-claims');
  await first.goto(at);
  await claim(first, number, 'pay', { cause: 'other', reason: '本人の署名がない' });
  await approve(second, base);
  await until(second, at, /支払い済み/);
  await look(second, '14-wallet-paid');

  await newestMessage(kanuki.bankBase(0), HANAKO.name, /9,000/);
});

test('the bank hears of it under the same number and books its half', async () => {
  const { base, pages: [first, second] } = desks['bank-one'];
  const number = stopped.number;
  const at = `${base}/desk/cases/${number}`;
  await until(first, at, /¥9,000/);
  const cases = await main(first);
  assert.match(cases, /支払ったと知らせて/);
  const { pages: [wallet] } = desks.wallet;
  await wallet.goto(`${desks.wallet.base}/desk/cases/${number}`);
  const proven = (await main(wallet)).match(/同じ人の案件とつなぎました： ([0-9]{5}-[0-9]{5})/)[1];
  // The wallet said which link it is about: it is one matter with what she stopped here.
  await until(first, at, new RegExp(proven));
  await look(first, '20-bank-told');
  await claim(first, number, 'open');
  await claim(first, number, 'investigate', { reason: '返ったことを確かめる' });
  await claim(first, number, 'pay', { cause: 'other', reason: '口座に戻っている' });
  await approve(second, base);
  await until(second, at, /支払い済み/);
  await look(second, '21-bank-paid');
  const told = await newestMessage(kanuki.bankBase(0), HANAKO.name, /補償です/);
  // The number that people read out, as the page of the case has it.
  const said = (await main(second)).match(/[0-9]{5}-[0-9]{5}/)[0];
  assert.ok(told.body.includes(said) && told.subject.includes('9,000'), told.body);
});

test('the report ends with what came of it, and whoever reported sees that', async () => {
  const { base, pages: [first] } = desks.wallet;
  await first.goto(`${base}/desk/cases/${stopped.number}`);
  assert.equal(await first.locator('form[action$="/close"]').count(), 0, 'no plain closing');
  await claim(first, stopped.number, 'end', { outcome: 'made_good', reason: '結果を電話で伝えた' });
  await report.goto(`${kanuki.walletUrl}/report/${stopped.number}`);
  await report.fill('[name=code]', stopped.code);
  await send(report, '/report/look');
  assert.match(await main(report), /結果をお知らせしました/);
  await look(report, '30-ended');
  stranger.assertNoProblems(/status of 422/);
});

test('both books have it, and they are even', async () => {
  await kanuki.stop();
  const bin = process.env.KANUKI_BIN ?? path.join(import.meta.dirname, '../../target/debug/kanuki');
  const { stdout } = await run(bin, ['ledger', 'verify', '--data', dir, '--json']);
  assert.equal(JSON.parse(stdout).ok, true);
});
