// Somebody without a passkey looks at where an account is linked, by a call from the number on file,
// and stops everything with one press. Nothing that loosens opens to them.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import {
  assertAccessible, assertFonts, launchBrowser, newPerson, screenshot, startKanuki,
} from './lib.mjs';
import {
  KEN, askTheMachine, bankUrl, callTheBank, linkAccount, newestMessage, openWallet, proveIdentity, send,
  startEnrolment, usePasskey,
} from './steps.mjs';

let kanuki;
let browser;
let bank;

async function look(name, on) {
  await assertAccessible(on);
  await assertFonts(on);
  await screenshot(on, `k-${name}`);
}

const main = (page) => page.locator('main').innerText();

async function start(page, proof) {
  await page.goto(`${bank}/holder/look`);
  await page.fill('[name=branch]', KEN.account.branch);
  await page.fill('[name=number]', KEN.account.number);
  await page.check(`[name=proof][value=${proof}]`);
  await send(page, '/holder/look');
}

before(async () => {
  kanuki = await startKanuki();
  bank = bankUrl(kanuki, KEN.bank);
  browser = await launchBrowser();
  // Ken linked his account once, on a telephone that he has no more.
  const ken = await newPerson(browser);
  const page = await ken.newPage();
  await startEnrolment(page, kanuki, KEN, 'call');
  await callTheBank(page, kanuki, KEN);
  await page.reload();
  await usePasskey(page);
  await openWallet(page, kanuki, KEN);
  await proveIdentity(page, kanuki, KEN);
  await linkAccount(page, kanuki, KEN);
  await ken.close();
});

after(async () => {
  await browser?.close();
  await kanuki?.stop();
});

test('a call from the number on file shows every link, on any telephone and without a passkey', async () => {
  for (const [name, options] of [
    ['phone', {}],
    ['phone-dark', { colorScheme: 'dark' }],
    ['desk', { viewport: { width: 1280, height: 800 } }],
  ]) {
    const person = await newPerson(browser, options);
    const page = await person.newPage();
    await page.goto(`${bank}/holder`);
    await page.getByRole('link', { name: '見る・止めるだけ' }).click();
    await page.waitForLoadState();
    await look(`1-form-${name}`, page);
    await start(page, 'call');
    await look(`2-wait-${name}`, page);
    await callTheBank(page, kanuki, KEN);
    await page.reload();
    await look(`3-proven-${name}`, page);
    await send(page, '/holder/look/enter');
    assert.match(await main(page), /見る・止めるだけの画面です/);
    await look(`4-portal-${name}`, page);
    await page.locator('main a[href^="/holder/mandates/"]').first().click();
    await page.waitForURL(/mandates/);
    await look(`5-mandate-${name}`, page);
    await page.goto(`${page.url()}/raise`);
    assert.match(new URL(page.url()).pathname, /^\/holder\/sign-in/);
    person.assertNoProblems();
    await person.close();
  }
  await newestMessage(kanuki.bankBase(KEN.bank.number), KEN.name, /口座の連携の画面が開かれました/);
});

test('a code from the machine opens it too, and one press stops everything', async () => {
  const person = await newPerson(browser);
  const page = await person.newPage();
  await start(page, 'atm');
  const code = await askTheMachine(page, kanuki, KEN);
  await page.fill('[name=code]', code);
  await send(page, '/holder/look/code');
  await send(page, '/holder/look/enter');
  await page.goto(`${bank}/holder/stop-all`);
  await look('6-stop-all', page);
  await send(page, '/holder/stop-all');
  assert.match(await main(page), /すべて止めました[^]*お金は口座にあります[^]*[0-9]{5}-[0-9]{5}/);
  await look('7-stopped', page);
  await page.goto(`${bank}/holder/lock`);
  assert.equal(await page.locator('form[action="/holder/lock"]').count(), 0, 'every account is locked');
  await look('8-lock', page);
  await person.close();
});
