// Somebody has a name like one on a list: they are held and read what any stop says, and two people let them go.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import {
  assertAccessible, assertFonts, launchBrowser, newPerson, screenshot, startKanuki,
} from './lib.mjs';
import { ICHIRO, STAFF, comeToDesk, openWallet, proveIdentity, send } from './steps.mjs';

const DESK = { viewport: { width: 1280, height: 900 }, deviceScaleFactor: 1 };
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 1 };
/** Nobody: a made list for the demo's person. */
const LIST = `KANUKI-SCREENING,1,デモの照合リスト,このテストのために作ったもの,2026-11-20
id,kind,name,born,note
A-001,person,TANAKA Ichiro,,作った例
A-001,person,タナカ イチロウ,,
`;
let kanuki;
let browser;

async function look(page, name) {
  await assertAccessible(page);
  await assertFonts(page);
  await screenshot(page, `screening-${name}`);
}

async function staff(code, how) {
  const person = await newPerson(browser, how);
  const page = await person.newPage();
  await comeToDesk(page, kanuki.walletUrl, code);
  await page.goto(`${kanuki.walletUrl}/desk/screening`);
  return page;
}

async function load(page, text) {
  await page.setInputFiles('[name=file]', {
    name: 'list.csv', mimeType: 'text/csv', buffer: Buffer.from(text),
  });
  await send(page, '/desk/screening');
}

before(async () => {
  kanuki = await startKanuki();
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await kanuki?.stop();
});

test('a customer with a name like one on a list is held without a word, and let go by two', async () => {
  const base = kanuki.walletUrl;
  const aoki = await staff(STAFF.wallet[0], DESK);
  await look(aoki, '01-no-list');
  await load(aoki, LIST.replace('A-001,person,タナカ', 'A-001,human,タナカ'));
  assert.match(await aoki.locator('.notice.error').innerText(), /4行目/);
  await look(aoki, '02-refused');
  await load(aoki, LIST);
  assert.match(await aoki.locator('main').innerText(), /デモの照合リスト/);
  await look(aoki, '03-loaded');

  const person = await newPerson(browser, PHONE);
  const page = await person.newPage();
  await openWallet(page, kanuki, ICHIRO);
  await proveIdentity(page, kanuki, ICHIRO);
  await look(page, '04-customer-proven');
  const reads = async () => {
    await page.goto(`${base}/link?q=${encodeURIComponent(ICHIRO.bank.name)}`);
    await page.getByRole('link', { name: ICHIRO.bank.name }).click();
    await page.waitForLoadState();
    await page.check('[name=consent]');
    await send(page, '/link/start');
  };
  await reads();
  const stopped = await page.locator('main').innerText();
  assert.match(stopped, /いまは止められています/);
  assert.doesNotMatch(stopped, /照合|リスト|制裁|審査/);
  await look(page, '05-customer-stopped');

  await aoki.goto(`${base}/desk/screening`);
  await look(aoki, '06-queue');
  await aoki.locator('main a[href^="/desk/screening/hits/"]').click();
  await aoki.waitForURL(/\/hits\//);
  const shown = await aoki.locator('main').innerText();
  assert.match(shown, /田中 ?一郎|タナカ イチロウ/);
  assert.match(shown, /A-001/);
  await look(aoki, '07-hit');
  const address = aoki.url();
  await aoki.locator('form[action$="/ask"] [name=reason]').fill('生年月日と本籍が違う（書類を見た）');
  await send(aoki, `${new URL(address).pathname}/ask`);
  assert.equal(await aoki.locator('form[action$="/clear"]').count(), 0);
  // The list of cases, of approvals and of closed cases knows nothing of it.
  for (const place of ['/desk', '/desk/approvals', '/desk/closed']) {
    await aoki.goto(`${base}${place}`);
    assert.doesNotMatch(await aoki.locator('main').innerText(), /A-001|デモの照合リスト|scr_/);
  }

  // How many wait, and nothing more.
  await aoki.goto(`${base}/desk`);
  assert.match(await aoki.locator('main').innerText(), /確認待ちが.?1.?件/);
  await look(aoki, '08-first-page');

  const ueda = await staff(STAFF.wallet[1], { ...PHONE, colorScheme: 'dark' });
  await look(ueda, '09-queue-phone-dark');
  await ueda.goto(address);
  await look(ueda, '10-asked-phone-dark');
  await send(ueda, `${new URL(address).pathname}/clear`);
  assert.match(await ueda.locator('main').innerText(), /別人だと確認しました/);
  await look(ueda, '11-cleared-phone-dark');

  await reads();
  assert.equal(new URL(page.url()).hostname, `${ICHIRO.bank.host}.localhost`);
});
