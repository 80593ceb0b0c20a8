// Somebody who looks after a parent's accounts, and what the holder wishes to hear of.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import {
  assertAccessible, assertFonts, launchBrowser, newPerson, screenshot, startKanuki,
} from './lib.mjs';
import { HANAKO, bankUrl, enrolAtBranch, send, usePasskey } from './steps.mjs';

let folder;
let kanuki;
let browser;
let bank;
const people = [];

async function look(name, on) {
  await assertAccessible(on);
  await assertFonts(on);
  await screenshot(on, `d-${name}`);
}

const main = (page) => page.locator('main').innerText();

async function someone(options) {
  const person = await newPerson(browser, options);
  people.push(person);
  return person.newPage();
}

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'kanuki-delegate-'));
  kanuki = await startKanuki(folder);
  bank = bankUrl(kanuki, HANAKO.bank);
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await kanuki?.stop();
  await rm(folder, { recursive: true, force: true });
});

test('a holder invites a delegate, who sees and may not change what is told', async () => {
  const page = await someone();
  await enrolAtBranch(page, kanuki, HANAKO);
  await page.goto(`${bank}/holder/sign-in`);
  await usePasskey(page);
  await page.goto(`${bank}/holder/delegates`);
  await look('01-delegates', page);
  await page.fill('[name=label]', 'むすめ');
  await send(page, '/holder/delegates');
  await look('02-invite', page);
  await usePasskey(page);
  await look('03-code', page);
  const [, ...code] = (await main(page)).match(/([A-Z0-9]{4})\s+([A-Z0-9]{4})\s+([A-Z0-9]{4})/);

  const daughter = await someone();
  await daughter.goto(`${bank}/delegate/join`);
  await look('04-join', daughter);
  await daughter.fill('[name=code]', 'AAAA BBBB CCCC');
  await send(daughter, '/delegate/join');
  assert.equal(await daughter.locator('form[data-passkey]').count(), 0, 'a guess is no invitation');
  await daughter.fill('[name=code]', code.join(' '));
  await send(daughter, '/delegate/join');
  await look('05-passkey', daughter);
  await usePasskey(daughter);
  await look('06-joined', daughter);
  await daughter.goto(`${bank}/holder`);
  await look('07-sees', daughter);
  for (const place of ['/holder/contacts', '/holder/alerts']) {
    await daughter.goto(`${bank}${place}`);
    assert.match(daughter.url(), /sign-in/, place);
  }

  await page.goto(`${bank}/holder/delegates`);
  await look('09-active', page);
  await page.locator('form[action$="/end"] button').click();
  await page.waitForURL((url) => url.searchParams.get('done') === 'ended');
  await daughter.goto(`${bank}/holder`);
  assert.match(daughter.url(), /sign-in/);
});

test('hearing more is a press, hearing less is signed', async () => {
  const [person] = people;
  const page = await person.newPage();
  await page.goto(`${bank}/holder/alerts`);
  await look('10-alerts', page);
  await page.check('[name=attempts]');
  await send(page, '/holder/alerts');
  await look('11-told', page);
  await page.uncheck('[name=attempts]');
  await send(page, '/holder/alerts');
  await look('12-sign', page);
  await usePasskey(page);
  assert.equal(new URL(page.url()).pathname, '/holder/alerts');
  assert.equal(await page.isChecked('[name=attempts]'), false);
});

test('the new pages in the dark, in English and on a desk', async () => {
  for (const [name, options] of [
    ['dark', { colorScheme: 'dark' }],
    ['wide', { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1 }],
    ['english', { locale: 'en-GB' }],
  ]) {
    const page = await someone(options);
    for (const place of ['/delegate', '/delegate/join', '/delegate/sign-in']) {
      await page.goto(`${bank}${place}`);
      await look(`20-${name}${place.replaceAll('/', '-')}`, page);
    }
  }
});

test('nothing in any page was blocked or broken', () => {
  for (const person of people) person.assertNoProblems(/status of 422/);
});
