// The registry at both desks: a new partner and a changed one, proposed by one person on a form or
// from a file, signed by another with a passkey, and removed by nobody while it is used.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import {
  assertAccessible, assertFonts, launchBrowser, newPerson, screenshot, startKanuki,
} from './lib.mjs';
import { HANAKO, STAFF, bankUrl, comeToDesk, send, usePasskey } from './steps.mjs';

const example = fileURLToPath(new URL('../../docs/operators/agreement.example.toml', import.meta.url));
const DESK = { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1 };
let kanuki;
let browser;
const desks = {};

async function look(page, name) {
  await assertAccessible(page);
  await assertFonts(page);
  await screenshot(page, `r-${name}`);
}

const main = (page) => page.locator('main').innerText();

before(async () => {
  kanuki = await startKanuki();
  browser = await launchBrowser();
  for (const where of ['wallet', 'bank-one']) {
    const base = where === 'wallet' ? kanuki.walletUrl : bankUrl(kanuki, HANAKO.bank);
    desks[where] = { base, people: [] };
    for (const code of STAFF[where]) {
      const person = await newPerson(browser, DESK);
      const page = await person.newPage();
      await comeToDesk(page, base, code);
      desks[where].people.push({ person, page });
    }
  }
});

after(async () => {
  await browser?.close();
  await kanuki?.stop();
});

test('the bank’s desk shows what was imported, and that both companies keep one document', async () => {
  const { base, people: [{ page }] } = desks['bank-one'];
  await page.goto(`${base}/desk/partners`);
  assert.match(await main(page), /稼働中/);
  await look(page, '01-bank-list');
  await page.goto(`${base}/desk/partners/kanuki-wallet`);
  assert.match(await main(page), /設定ファイル/);
  await look(page, '02-bank-partner');
  const number = await page.locator('dl.definitions code').first().innerText();
  const there = desks.wallet.people[0].page;
  await there.goto(`${desks.wallet.base}/desk/partners/9901`);
  assert.equal(await there.locator('dl.definitions code').first().innerText(), number);
  await page.goto(`${base}/desk/partners/kanuki-wallet/1`);
  await look(page, '03-bank-version');
});

test('a new partner comes from a file and a form, and is signed by the second person', async () => {
  const { base, people: [first, second] } = desks['bank-one'];
  const page = first.page;
  await page.goto(`${base}/desk/propose`);
  await look(page, '10-propose-empty');
  await page.setInputFiles('[name=file]', example);
  await send(page, '/desk/propose/file');
  assert.equal(await page.locator('[name="agreement.assessment.wallet.name"]').inputValue(), 'K. Ono');
  const today = new Date(Date.now() + 9 * 3600e3).toISOString().slice(0, 10);
  for (const day of ['assessed_on', 'wallet.on', 'bank.on']) {
    await page.fill(`[name="agreement.assessment.${day}"]`, today);
  }
  const year = `${Number(today.slice(0, 4)) + 1}${today.slice(4)}`;
  await page.fill('[name="agreement.assessment.review_by"]', year.replace('02-29', '02-28'));
  for (const day of ['evaluated_on', 'concluded_on']) {
    await page.fill(`[name="agreement.contract.${day}"]`, '2020-10-01');
  }
  const keys = JSON.stringify(
    await (await fetch(`${kanuki.walletBase}/.well-known/jwks.json`)).json(),
  );
  for (const [name, value] of [
    ['client_id', 'wallet-two'],
    ['name', 'もう一つのウォレット'],
    ['redirect_uris', 'https://wallet-two.example/callback/9901'],
    ['issuer', 'https://api.wallet-two.example'],
    ['events_url', 'https://api.wallet-two.example/ssf/events'],
    ['jwks', keys],
    ['set_jwks', keys],
    ['reason', '新しい提携先'],
  ]) {
    await page.fill(`[name="${name}"]`, value);
  }
  await page.locator('[name="agreement.compensation.pays_first"]').selectOption('');
  await look(page, '11-propose-filled');
  await send(page, '/desk/propose');
  assert.match(await main(page), /FT-26[^]*先に支払う会社/);
  await look(page, '12-version-with-gaps');
  await send(page, '/desk/partners/wallet-two/1/decline');

  await page.goto(`${base}/desk/propose?subject=wallet-two`);
  await page.locator('[name="agreement.compensation.pays_first"]').selectOption('wallet');
  await page.fill('[name=reason]', '新しい提携先（補償の分担を追記）');
  await send(page, '/desk/propose');
  assert.equal(new URL(page.url()).pathname, '/desk/partners/wallet-two/2');
  assert.match(await main(page), /別の一人の署名が必要/);
  const other = second.page;
  await other.goto(`${base}/desk/partners/wallet-two/2`);
  await look(other, '13-version-to-sign');
  await usePasskey(other);
  assert.equal(new URL(other.url()).pathname, '/desk/partners/wallet-two');
  assert.match(await main(other), /有効/);
  await look(other, '14-signed');
  const policy = (await other.goto(`${base}/desk/partners`)).headers()['content-security-policy'];
  assert.match(policy, /https:\/\/wallet-two\.example/, 'led there without a restart');
  second.person.assertNoProblems();
});

test('the wallet’s desk changes a bank by two people, on a phone and in the dark', async () => {
  const { base, people: [first, second] } = desks.wallet;
  const page = first.page;
  await page.goto(`${base}/desk/partners`);
  await look(page, '20-wallet-list');
  await page.goto(`${base}/desk/propose?subject=9901`);
  await page.fill('[name=name]', 'はなみずき銀行（新）');
  await page.fill('[name=reason]', '行名の変更');
  await send(page, '/desk/propose');
  const there = new URL(page.url()).pathname;
  const phone = await newPerson(browser, { passkeys: second.person.passkeys, colorScheme: 'dark' });
  const other = await phone.newPage();
  await other.goto(`${base}/desk/sign-in?back=${there}`);
  await usePasskey(other);
  assert.equal(new URL(other.url()).pathname, there);
  await look(other, '21-wallet-version-phone');
  await usePasskey(other);
  assert.equal(new URL(other.url()).pathname, '/desk/partners/9901');
  assert.match(await main(other), /はなみずき銀行（新）/);
  await look(other, '22-wallet-bank-phone');
  await other.goto(`${base}/desk/propose?subject=9901`);
  await look(other, '23-wallet-propose-phone');
  await phone.close();
});
