// Who works at the desk, at both companies: everybody is listed, one asks that a colleague's access
// end, and nobody goes while fewer than two would remain.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import {
  assertAccessible, assertFonts, launchBrowser, newPerson, screenshot, startKanuki,
} from './lib.mjs';
import { HANAKO, STAFF, bankUrl, comeToDesk, send } from './steps.mjs';

const DESK = { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1 };
let kanuki;
let browser;

async function look(page, name) {
  await assertAccessible(page);
  await assertFonts(page);
  await screenshot(page, `s-${name}`);
}

before(async () => {
  kanuki = await startKanuki();
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await kanuki?.stop();
});

for (const where of ['wallet', 'bank-one']) {
  test(`a colleague goes by two people and two people stay: ${where}`, async () => {
    const base = where === 'wallet' ? kanuki.walletUrl : bankUrl(kanuki, HANAKO.bank);
    const pages = [];
    for (const code of STAFF[where].slice(0, 2)) {
      const person = await newPerson(browser, DESK);
      const page = await person.newPage();
      await comeToDesk(page, base, code);
      pages.push(page);
    }
    const [first, second] = pages;
    await first.goto(`${base}/desk/staff`);
    await look(first, `${where}-list`);
    await first.setViewportSize({ width: 390, height: 844 });
    await first.emulateMedia({ colorScheme: 'dark' });
    await first.locator('summary').first().click();
    await look(first, `${where}-phone-dark`);
    const card = first.locator('form[action$="/end"]').last();
    const action = await card.getAttribute('action');
    await first.locator(`details:has(form[action="${action}"]) summary`).click();
    await card.locator('[name=reason]').fill('退職');
    await send(first, action);
    assert.match(await first.locator('main').innerText(), /退職/);
    await look(first, `${where}-asked`);

    await second.goto(`${base}/desk/approvals`);
    await look(second, `${where}-approve`);
    const agree = second.locator('form[action*="/desk/approvals/"] button').first();
    await agree.click();
    await second.waitForLoadState();
    assert.match(await second.locator('main').innerText(), /二人以上/);
    await look(second, `${where}-too-few`);
  });
}
