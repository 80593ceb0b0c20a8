// Contracts made before Kanuki: a list is brought by two people, its holder sees it and stops one, a
// letter goes out, and the desk sees how far it has come.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import {
  assertAccessible, assertFonts, launchBrowser, newPerson, screenshot, startKanuki,
} from './lib.mjs';
import {
  KEN, STAFF, bankUrl, callTheBank, comeToDesk, newestMessage, send, startEnrolment, usePasskey,
} from './steps.mjs';

let folder;
let kanuki;
let browser;
let bank;

async function look(page, name) {
  await assertAccessible(page);
  await assertFonts(page);
  await screenshot(page, `l-${name}`);
}

/** Waits until the page, loaded again and again, says so: a worker is at it. */
async function until(page, pattern) {
  for (let tries = 0; tries < 120; tries += 1) {
    if (pattern.test(await page.locator('main').innerText())) return;
    await page.waitForTimeout(250);
    await page.reload();
  }
  assert.match(await page.locator('main').innerText(), pattern);
}

async function staff(code, options) {
  const person = await newPerson(browser, options);
  const page = await person.newPage();
  await comeToDesk(page, bank, code);
  return page;
}

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'kanuki-legacy-'));
  kanuki = await startKanuki({ dir: path.join(folder, 'data') });
  bank = bankUrl(kanuki, KEN.bank);
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await kanuki?.stop();
  await rm(folder, { recursive: true, force: true });
});

const LIST = `KANUKI-REGISTER,1,web-kofuri,9902,2026-11-20,3
契約番号,委託者コード,委託者名,店番,預金種目,口座番号,契約日,状態,終了日
0200018001,9900000001,カンヌキウオレツト,007,普通,9200018,令和元年10月2日,有効,
0200018002,9900000002,ムカシペイ,007,普通,9200018,2020-08-30,有効,
0200018003,9900000003,オモイデペイ,007,普通,9200018,,有効,
`;

test('a holder sees older contracts, stops one, and the desk sees it', async () => {
  const ken = await newPerson(browser);
  const page = await ken.newPage();
  await startEnrolment(page, kanuki, KEN, 'call');
  await callTheBank(page, kanuki, KEN);
  await page.locator('main a[href^="/enrol/wait"]').click();
  await page.waitForURL(/\/enrol\/passkey/);
  await usePasskey(page);
  await page.goto(`${bank}/holder/sign-in`);
  await usePasskey(page);
  await page.goto(`${bank}/holder`);
  assert.match(await page.locator('main').innerText(), /ムカシペイ/);
  assert.match(await page.locator('main').innerText(), /キタミサキデンリヨク/);
  await look(page, '01-portal');

  // A list with a lost zero is refused with its line; the right one waits for a second person.
  const wide = { viewport: { width: 1280, height: 900 } };
  const [first, second] = STAFF['bank-two'];
  const ito = await staff(first, wide);
  const endo = await staff(second, { ...wide, colorScheme: 'dark' });
  await ito.goto(`${bank}/desk/contracts`);
  const bring = async (text) => {
    await ito.setInputFiles('[name=file]', {
      name: 'list.csv', mimeType: 'text/csv', buffer: Buffer.from(text),
    });
    await send(ito, '/desk/contracts/import');
  };
  await bring(LIST.replace(',007,', ',7,'));
  assert.match(await ito.locator('.notice.error').innerText(), /3行目/);
  await look(ito, '02-refused');
  await bring(LIST);
  await look(ito, '03-waits');
  await endo.goto(`${bank}/desk/contracts`);
  await endo.locator('form[action^="/desk/contracts/imports/"] button[value=agree]').click();
  await endo.waitForURL(/done=accepted/);
  await until(endo, /完了[\s\S]*完了[\s\S]*完了/);

  await page.goto(`${bank}/holder`);
  await until(page, /オモイデペイ/);
  await page.getByRole('link', { name: /ムカシペイ/ }).click();
  await look(page, '04-contract');
  await page.locator('main a[href$="/stop"]').click();
  await look(page, '05-stop');
  await page.locator('main form button').first().click();
  await page.waitForURL(/done=stopped/);
  await until(page, /以前のしくみでも止まっています/);
  await look(page, '06-stopped');

  // Electricity is stopped by people, and the page says so.
  await page.goto(`${bank}/holder`);
  await page.getByRole('link', { name: /キタミサキデンリヨク/ }).click();
  await page.locator('main a[href$="/stop"]').click();
  await page.locator('main form button').first().click();
  await page.waitForURL(/done=stopped/);
  await until(page, /係員が手続きします/);
  await look(page, '07-by-hand');

  await endo.goto(`${bank}/desk/contracts`);
  await endo.fill('[name=per_day]', '100');
  await endo.locator('button[value=start]').click();
  await endo.waitForURL(/done=mailing/);
  await until(endo, /これまでに 1 通/);
  await look(endo, '08-desk');
  await endo.setViewportSize({ width: 390, height: 780 });
  await look(endo, '09-desk-phone');
  const letter = await newestMessage(kanuki.bankBase(1), KEN.name, /以前からの口座の契約/);
  assert.match(letter.body, /オモイデペイ/);
  assert.doesNotMatch(letter.body, /https?:/);
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.goto(`${bank}/holder`);
  await look(page, '10-portal-dark');
});
