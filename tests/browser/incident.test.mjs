// While something is stopped: everybody reads it at both companies without an account, staff add
// words by two people, and a drill moves nothing. What the wallet stopped first, the bank says too.

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
  await screenshot(page, `i-${name}`, { fullPage: true });
}

/** Asks a page again until it says so: the other company hears within seconds. */
async function until(page, url, words) {
  for (let tries = 0; tries < 300; tries += 1) {
    await page.goto(url);
    if (words.test(await page.locator('main').innerText())) return;
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
  assert.fail(`${url} never said ${words}`);
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
  test(`what is stopped is told to everybody, and a drill tells nobody: ${where}`, async () => {
    const base = where === 'wallet' ? kanuki.walletUrl : bankUrl(kanuki, HANAKO.bank);
    const pages = [];
    for (const code of STAFF[where].slice(0, 2)) {
      const person = await newPerson(browser, DESK);
      const page = await person.newPage();
      await comeToDesk(page, base, code);
      pages.push(page);
    }
    const [first, second] = pages;
    const stranger = await (await newPerson(browser)).newPage();
    const main = async (page) => page.locator('main').innerText();
    // The bank says what it was told of the wallet, which everybody stopped at before; and no more.
    const quiet = where === 'wallet' ? /いま止めているサービスはありません/ : /自ら止めているもの/;
    await until(stranger, `${base}/incident`, quiet);
    assert.doesNotMatch(await main(stranger), /すべての取引/);
    await look(stranger, `${where}-nothing`);

    // A drill: one sets the task, the other finds the switch.
    await first.goto(`${base}/desk/incident`);
    await look(first, `${where}-desk`);
    const start = first.locator('form[action="/desk/incident/drill"]');
    await start.locator('[name=scope]').selectOption('everything');
    await start.locator('[name=story]').fill('昨夜から、身に覚えのない引き落としの電話が続いている');
    await send(first, '/desk/incident/drill');
    await second.goto(`${base}/desk/incident`);
    const press = second.locator('form:has(button[value=press])');
    const choices = await press.locator('option').evaluateAll((all) => all.map((one) => one.value));
    await press.locator('[name=scope]').selectOption(choices.find((one) => one !== 'everything'));
    await press.locator('button').click();
    assert.match(await main(second), /そのスイッチでは止まりません/);
    await look(second, `${where}-drill-missed`);
    await press.locator('[name=scope]').selectOption('everything');
    await press.locator('button').click();
    assert.match(await main(second), /止めるまでの時間/);
    await stranger.reload();
    assert.match(await main(stranger), quiet);
    assert.doesNotMatch(await main(stranger), /すべての取引/);
    await second.setViewportSize({ width: 390, height: 844 });
    await second.emulateMedia({ colorScheme: 'dark' });
    await look(second, `${where}-drill-stopped-phone-dark`);
    await second.setViewportSize(DESK.viewport);
    await second.emulateMedia({ colorScheme: 'light' });
    await second.locator('form:has(button[value=ask]) button').click();
    await first.reload();
    await first.locator('form:has(button[value=agree]) button').click();
    assert.match(await main(first), /これまでの訓練/);

    // In earnest: one stops, and everybody reads it at once.
    const switches = where === 'wallet' ? '/desk/switches' : '/desk/gates';
    await first.goto(`${base}${switches}`);
    const stop = where === 'wallet' ? '/desk/switches/stop' : '/desk/gates/close';
    const card = first.locator(`form[action="${stop}"]`).first();
    if (where === 'wallet') await first.locator('summary').first().click();
    await card.locator('[name=reason]').fill('電話が続いている');
    await card.locator('button').click();
    await stranger.reload();
    assert.match(await main(stranger), /すべての取引/);
    assert.doesNotMatch(await main(stranger), /電話が続いている/);

    // Words take two.
    await first.goto(`${base}/desk/incident`);
    const words = first.locator('form[action="/desk/incident/words"]').last();
    await words.locator('[name=ja]').fill('身に覚えのない引き落としを調べています。\n次は15時にお知らせします。');
    await words.locator('[name=en]').fill('We are looking into debits that people do not know.');
    await words.locator('[name=reason]').fill('電話が続いている');
    await words.locator('button').click();
    await second.goto(`${base}/desk/approvals`);
    assert.match(await main(second), /次は15時/);
    await look(second, `${where}-words-to-agree`);
    await second.locator('form[action*="/desk/approvals/"] button').first().click();
    await stranger.reload();
    assert.match(await main(stranger), /次は15時/);
    await look(stranger, `${where}-stopped`);
    await stranger.setViewportSize({ width: 390, height: 844 });
    await stranger.emulateMedia({ colorScheme: 'dark' });
    await look(stranger, `${where}-stopped-phone-dark`);
    await stranger.goto(`${base}/`);
    assert.match(await main(stranger), /いま、止めているサービスがあります/);
    await look(stranger, `${where}-home-phone-dark`);
  });
}
