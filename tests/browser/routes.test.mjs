// Every way to a passkey at the bank, and every second channel, clicked through; no PIN in any page.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import {
  assertAccessible, assertFonts, launchBrowser, newPerson, screenshot, startKanuki,
} from './lib.mjs';
import {
  HANAKO, KEN, askTheMachine, bankUrl, callTheBank, linkAccount, newestMessage, openWallet,
  proveIdentity, send, startEnrolment, usePasskey, visitTheCounter,
} from './steps.mjs';

let folder;
let kanuki;
let browser;
let bank;
let people = [];

async function look(name, on) {
  await assertAccessible(on);
  await assertFonts(on);
  await screenshot(on, `r-${name}`);
}

const main = (page) => page.locator('main').innerText();

/** No page of the bank or the wallet asks for a PIN; the machine of the demo is no page of theirs. */
async function assertNoPin(page) {
  assert.equal(await page.locator('input[type=password], input[name*=pin]').count(), 0, page.url());
}

async function someone(options) {
  const person = await newPerson(browser, options);
  people.push(person);
  const page = await person.newPage();
  page.on('load', () => page.url().includes('/demo/') || assertNoPin(page).catch((error) => { person.pin = error; }));
  return { person, page };
}

async function signIn(page) {
  await page.goto(`${bank}/holder/sign-in`);
  await usePasskey(page);
}

async function openMandate(page) {
  await page.goto(`${bank}/holder`);
  await page.locator('main a[href^="/holder/mandates/"]').first().click();
  await page.waitForURL(/mandates/);
  return new URL(page.url()).pathname;
}

async function chooseSecond(page, mandate, second) {
  await page.check(`[name=second][value=${second}]`);
  await send(page, `${mandate}/second`);
}

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'kanuki-routes-'));
  kanuki = await startKanuki({ dir: path.join(folder, 'data') });
  bank = bankUrl(kanuki, KEN.bank);
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await kanuki?.stop();
  await rm(folder, { recursive: true, force: true });
});

test('with only a cash card: a letter makes the passkey, a call confirms the link, no PIN in any page', async () => {
  const { page } = await someone();
  await page.goto(`${bank}/enrol`);
  assert.match(await main(page), /そのあと3日は、1日に¥10,000まで/, 'weaker ways say that they are slower, and why');
  await look('01-choose', page);
  await startEnrolment(page, kanuki, KEN, 'post');
  await look('02-post', page);
  const letter = await newestMessage(kanuki.bankBase(1), KEN.name, /登録コード：/);
  // Days later, on the same device: the page of the letter is found again.
  await page.goto(`${bank}/enrol`);
  await look('03-letter-waits', page);
  await page.locator('main a[href^="/enrol/wait"]').first().click();
  await page.fill('[name=code]', letter.body.match(/登録コード：(\S+)/)[1]);
  await send(page, '/enrol/code');
  await usePasskey(page);

  await openWallet(page, kanuki, KEN);
  await proveIdentity(page, kanuki, KEN);
  await linkAccount(page, kanuki, KEN, (name) => look(`04-${name}`, page));
  assert.match(await main(page), /まだチャージできません/);

  await signIn(page);
  const mandate = await openMandate(page);
  await look('05-mandate-waits', page);
  assert.equal(await page.locator('[name=second][value=letter]').count(), 0, 'never the same channel');
  await chooseSecond(page, mandate, 'call');
  await look('06-call', page);
  await callTheBank(page, kanuki, KEN, '09000009999');
  await page.goto(`${bank}${mandate}`);
  assert.match(await main(page), /別の方法で確認する/, 'a stranger’s call confirmed nothing');
  await callTheBank(page, kanuki, KEN);
  await page.goto(`${bank}${mandate}`);
  assert.doesNotMatch(await main(page), /別の方法で確認する/);
  await look('07-confirmed', page);

  for (let tries = 0; tries < 300; tries += 1) {
    await page.goto(`${kanuki.walletUrl}/topup`);
    if (await page.locator('form[action="/topup/confirm"]').count()) break;
    await page.waitForTimeout(100);
  }
  await page.fill('[name=amount]', '3000');
  await Promise.all([
    page.waitForURL(/confirm/),
    page.locator('form[action="/topup/confirm"] button').last().click(),
  ]);
  await send(page, '/topup');
  await page.getByText('チャージしました').first().waitFor({ timeout: 60_000 });
  assert.match(await main(page), /チャージしました/);

  // Contacts: a passkey that came by a letter may not change them yet.
  await signIn(page);
  await page.goto(`${bank}/holder/contacts`);
  await look('08-contacts', page);
  await page.locator('form:has([name=kind][value=phone]) [name=to]').fill('080-7777-8888');
  await Promise.all([
    page.waitForEvent('framenavigated'),
    page.locator('form:has([name=kind][value=phone]) button').first().click(),
  ]);
  await page.waitForLoadState();
  await look('09-contact-sign', page);
  await usePasskey(page);
  assert.match(await main(page), /登録から7日たつまで/);
  await look('10-contact-early', page);
});

test('the identity card of another is refused, one’s own makes a passkey that waits for nothing', async () => {
  const { page } = await someone();
  for (const who of [HANAKO, KEN]) {
    await startEnrolment(page, kanuki, KEN, 'jpki');
    await page.waitForURL((url) => url.pathname.startsWith('/demo/card'));
    await page.check(`[name=card][value=${who.card}]`);
    await send(page, '/demo/card/read');
    await page.fill('[name=password]', who.password);
    await send(page, '/demo/card/sign');
    await Promise.all([
      page.waitForURL((url) => url.pathname.startsWith('/enrol')),
      page.locator('form:has([name=signature]) button').click(),
    ]);
    await page.waitForLoadState();
    await look(`11-card-${who.card}`, page);
  }
  assert.match(page.url(), /\/enrol\/passkey/);
  await usePasskey(page);
  await signIn(page);
  await page.goto(`${bank}/holder/security`);
  assert.match(await main(page), /マイナンバーカードで確認/);
  await look('12-security', page);

  await page.goto(`${bank}/holder/contacts`);
  await page.locator('form:has([name=kind][value=phone]) [name=to]').fill('080-7777-8888');
  await Promise.all([
    page.waitForEvent('framenavigated'),
    page.locator('form:has([name=kind][value=phone]) button').first().click(),
  ]);
  await page.waitForLoadState();
  await usePasskey(page);
  assert.match(await main(page), /連絡先の変更を受け付けました/);
  await look('13-contact-changed', page);
  await newestMessage(kanuki.bankBase(1), KEN.name, /電話番号の変更/);
});

test('a code from the machine and one from the counter each make a passkey', async () => {
  const { page } = await someone();
  await startEnrolment(page, kanuki, KEN, 'atm');
  await look('14-atm', page);
  await page.fill('[name=code]', await askTheMachine(page, kanuki, KEN));
  await send(page, '/enrol/code');
  await usePasskey(page);

  const other = await someone();
  await startEnrolment(other.page, kanuki, KEN, 'branch');
  await look('15-branch', other.page);
  const code = await visitTheCounter(other.page, kanuki, KEN);
  // Talked out of him and typed elsewhere, it is nothing.
  const thief = await someone();
  await startEnrolment(thief.page, kanuki, KEN, 'branch');
  await thief.page.fill('[name=code]', code);
  await send(thief.page, '/enrol/code');
  assert.match(await main(thief.page), /コードを確認できませんでした/);
  await other.page.fill('[name=code]', code);
  await send(other.page, '/enrol/code');
  await usePasskey(other.page);
  await newestMessage(kanuki.bankBase(1), KEN.name, /登録コードをお渡し/);
  await signIn(other.page);
  await other.page.goto(`${bank}/holder/security`);
  const text = await main(other.page);
  for (const route of [/手紙のコード/, /マイナンバーカード/, /ATM/, /窓口/]) assert.match(text, route);
});

test('the new pages in the dark, in English and on a desk', async () => {
  for (const [name, options] of [
    ['dark', { colorScheme: 'dark' }],
    ['wide', { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1 }],
    ['english', { locale: 'en-GB' }],
  ]) {
    const { page } = await someone({ passkeys: people[1].passkeys, ...options });
    for (const where of ['enrol', 'demo/counter', 'demo/atm']) {
      await page.goto(`${bank}/${where}`);
      await look(`20-${name}-${where.replace('/', '-')}`, page);
    }
    await startEnrolment(page, kanuki, KEN, 'atm');
    await look(`21-${name}-atm`, page);
    await startEnrolment(page, kanuki, KEN, 'branch');
    await look(`21-${name}-branch`, page);
    await visitTheCounter(page, kanuki, KEN);
    await signIn(page);
    await page.goto(`${bank}/holder/contacts`);
    await look(`22-${name}-contacts`, page);
  }
});

test('nothing in any page was blocked or broken, and none asked for a PIN', () => {
  for (const person of people) {
    assert.equal(person.pin, undefined);
    person.assertNoProblems(/status of (403|409|422)/);
  }
});
