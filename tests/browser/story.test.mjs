// One person's story, from opening a wallet to a payout and to "it wasn't me", in real Chromium with
// real passkeys, in Japanese, with a picture of every page in target/screenshots.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import {
  assertAccessible, assertFonts, launchBrowser, newPerson, screenshot, startKanuki,
} from './lib.mjs';
import { startPushService } from './push.mjs';
import {
  HANAKO, ICHIRO, bankUrl, enrolAtBranch, linkAccount, newestMessage, openWallet, proveIdentity,
  send, stopCode, usePasskey,
} from './steps.mjs';

let folder;
let dir;
let kanuki;
let browser;
let hanako;
let page;
let pushes;

/** Keeps a picture, and checks that everybody can use the page and that its text is drawn right. */
async function look(name, on = page) {
  await assertAccessible(on);
  await assertFonts(on);
  await screenshot(on, name);
}

const main = (on = page) => on.locator('main').innerText();

/** Fills in an amount and goes to the page that asks once more. */
async function ask(on, where, amount) {
  const form = on.locator(`form[action="${where}"]`);
  await form.locator('[name=amount]').fill(amount);
  await Promise.all([on.waitForURL(/confirm/), form.locator('button').last().click()]);
  await on.waitForLoadState();
}

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'kanuki-story-'));
  dir = path.join(folder, 'data');
  kanuki = await startKanuki({ dir });
  browser = await launchBrowser();
  hanako = await newPerson(browser);
  page = await hanako.newPage();
});

after(async () => {
  await browser?.close();
  await kanuki?.stop();
  await pushes?.stop();
  await rm(folder, { recursive: true, force: true });
});

test('she opens a wallet with a passkey and proves who she is', async () => {
  await page.goto(kanuki.walletUrl);
  await look('01-welcome');
  await openWallet(page, kanuki, HANAKO);
  await look('02-home-new');
  await proveIdentity(page, kanuki, HANAKO);
  assert.match(await main(), /本人確認が済んでいます/);
  await look('03-identity-proven');
});

test('she links her account; the bank tells her through the contact it has on file', async () => {
  await enrolAtBranch(page, kanuki, HANAKO);
  await linkAccount(page, kanuki, HANAKO, (name) => look(`04-${name}`));
  assert.match(await main(), /口座をつなぎました/);
  await look('05-linked');

  const told = await newestMessage(kanuki.bankBase(0), HANAKO.name, /閂ウォレット/);
  assert.match(stopCode(told), /-/);
  assert.doesNotMatch(told.body, /https?:/, 'no message carries a link');
});

test('she tops up, and more than the cool-off allows is refused with a way on', async () => {
  await page.goto(`${kanuki.walletUrl}/topup`);
  await look('06-topup');
  await ask(page, '/topup/confirm', '9000');
  await look('07-topup-confirm');
  await send(page, '/topup');
  await page.getByText('チャージしました').first().waitFor({ timeout: 60_000 });
  assert.match(await main(), /チャージしました/);
  await look('08-topup-done');

  await page.goto(`${kanuki.walletUrl}/topup`);
  await ask(page, '/topup/confirm', '2000');
  await send(page, '/topup');
  assert.match(await main(), /上限/);
  await look('09-topup-refused');
});

test('she sends to a friend by his code and by a link', async () => {
  const ichiro = await newPerson(browser);
  const his = await ichiro.newPage();
  await openWallet(his, kanuki, ICHIRO);
  await his.goto(`${kanuki.walletUrl}/request`);
  await his.fill('[name=amount]', '500');
  await send(his, '/request');
  await look('10-request', his);
  const code = new URL(his.url()).pathname.split('/').pop();

  await page.goto(`${kanuki.walletUrl}/r/${code}`);
  assert.match(await main(), /いちろう/);
  assert.doesNotMatch(await main(), /田中/, 'a name is not for strangers');
  await look('11-send-to-code');
  await Promise.all([
    page.waitForURL(/confirm/),
    page.locator('form[action="/send/confirm"] button').last().click(),
  ]);
  await look('12-send-confirm');
  await usePasskey(page);
  await look('13-sent');

  await page.goto(`${kanuki.walletUrl}/send`);
  await ask(page, '/send/confirm', '300');
  await usePasskey(page);
  const link = (await main()).match(/http\S+\/claim\/\S+/)[0];
  await look('14-send-by-link');
  await his.goto(link);
  await look('15-claim', his);
  const claim = his.locator('main form[method=post]').first();
  await Promise.all([his.waitForLoadState('load'), claim.locator('button').click()]);
  await his.waitForLoadState();
  await his.goto(kanuki.walletUrl);
  assert.match(await main(his), /¥800/);
  ichiro.assertNoProblems();
  await ichiro.close();
});

test('she has notices shown on her telephone too', async () => {
  pushes = await startPushService();
  await hanako.context.grantPermissions(['notifications'], { origin: kanuki.walletUrl });
  await page.goto(`${kanuki.walletUrl}/security`);
  await page.locator('main a[href="/security/push"]').click();
  await page.waitForURL(/push$/);
  await look('16-push');
  // A browser's own push service is somewhere in the world; all else is as it ships.
  await page.evaluate((said) => {
    const toBuffer = (text) => Uint8Array.from(
      atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0)).buffer;
    globalThis.PushManager.prototype.subscribe = async () =>
      ({ endpoint: said.endpoint, getKey: (name) => toBuffer(said[name]) });
  }, pushes.said);
  await Promise.all([
    page.waitForURL(/done=on/),
    page.locator('form[data-push] button[type=submit]').click(),
  ]);
  await look('16-push-on');
  const first = await pushes.next();
  assert.match(first.title, /^閂ウォレット：端末にお知らせを表示/);
  assert.doesNotMatch(JSON.stringify(first), /https?:|[0-9A-Z]{4}-[0-9A-Z]{4}/);
  assert.deepEqual((await shown(first)).map(({ title }) => title), [first.title]);
  const told = await newestMessage(kanuki.walletBase, HANAKO.name, /端末にお知らせを表示/);
  assert.match(told.body, /停止コード/);
});

/** What her telephone shows once its browser hands `said` to the page's worker. */
async function shown(said) {
  // From another page: whoever lets go of a page takes its passkeys along.
  const aside = await hanako.context.newPage();
  await aside.goto(`${kanuki.walletUrl}/security/push`);
  // Chromium drops without a word what reaches a worker that does not act yet.
  await aside.evaluate(async () => { await navigator.serviceWorker.ready; });
  const cdp = await hanako.context.newCDPSession(aside);
  const known = new Promise((found) => {
    cdp.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      if (registrations.length) found(registrations[0].registrationId);
    });
  });
  await cdp.send('ServiceWorker.enable');
  await cdp.send('ServiceWorker.deliverPushMessage', {
    origin: kanuki.walletUrl, registrationId: await known, data: JSON.stringify(said),
  });
  await aside.close();
  return page.evaluate(async () => {
    const worker = await navigator.serviceWorker.getRegistration('/security/push');
    for (let tries = 0; tries < 200; tries += 1) {
      const now = await worker.getNotifications();
      if (now.length) return now.map(({ title, body }) => ({ title, body }));
      await new Promise((later) => { setTimeout(later, 50); });
    }
    return [];
  });
}

test('she pays a shop by the QR code on its counter', async () => {
  const till = await page.context().newPage();
  await till.goto(`${kanuki.walletUrl}/merchant/kanuki-coffee`);
  await look('16-till', till);
  const photo = path.join(folder, 'qr.png');
  await writeFile(photo, await till.locator('figure.qr svg').first().screenshot({ scale: 'device' }));
  await till.close();

  await page.goto(`${kanuki.walletUrl}/pay`);
  await look('17-pay');
  await page.locator('form[action="/pay/photo"] [name=file]').setInputFiles(photo);
  await send(page, '/pay/photo');
  assert.match(await main(), /コーヒー閂/);
  await look('18-pay-amount');
  await ask(page, '/pay/confirm', '480');
  await look('19-pay-confirm');
  const form = page.locator('main form[method=post]').last();
  if (await form.getAttribute('data-passkey')) await usePasskey(page);
  else await send(page, await form.getAttribute('action'));
  assert.match(await main(), /480/);
  await look('20-paid');
  const pushed = await pushes.next();
  assert.equal(pushed.title, '閂ウォレット：¥480を支払いました');
  assert.equal(pushed.lang, 'ja');
});

test('without scripts she reads that mail goes on, and ends what shows', async () => {
  const plain = await newPerson(browser, {
    javaScriptEnabled: false, storageState: await hanako.context.storageState(),
  });
  const still = await plain.newPage();
  await still.goto(`${kanuki.walletUrl}/security/push`);
  assert.match(await main(still), /メールとSMSのお知らせは、これまでどおり届きます/);
  await Promise.all([
    still.waitForURL(/done=off/), still.locator('form[action$="/end"] button').click(),
  ]);
  assert.match(await main(still), /スクリプトが使えるときだけ/);
  assert.equal(await still.locator('form[data-push]').isVisible(), false);
  await plain.close();
});

test('a day later she pays out to her own account, and the statement adds up', async () => {
  await kanuki.stop();
  kanuki = await startKanuki({ dir, later: '+25h', port: kanuki.walletPort });
  await page.goto(`${kanuki.walletUrl}/sign-in`);
  await usePasskey(page);

  await page.goto(`${kanuki.walletUrl}/payout`);
  await look('21-payout');
  await ask(page, '/payout/confirm', '2000');
  await look('22-payout-confirm');
  await usePasskey(page);
  await look('23-payout-done');

  await page.goto(`${kanuki.walletUrl}/statement`);
  await look('24-statement');
  const csv = await page.evaluate(async () => (await fetch('/statement.csv')).text());
  for (const amount of ['9000', '500', '300', '480', '2000']) assert.match(csv, new RegExp(amount));
  await page.goto(kanuki.walletUrl);
  assert.match(await main(), /¥5,720/, '9,000 − 500 − 300 − 480 − 2,000');
  await look('25-home');
});

test('it was not her: one code stops everything on both sides, and she gets on from there', async () => {
  const code = stopCode(await newestMessage(kanuki.bankBase(0), HANAKO.name, /出金|閂ウォレット/));
  const stranger = await newPerson(browser);
  const anywhere = await stranger.newPage();
  await anywhere.goto(`${bankUrl(kanuki, HANAKO.bank)}/stop`);
  await look('26-stop', anywhere);
  await anywhere.fill('[name=code]', code);
  await send(anywhere, '/stop');
  await look('27-stop-preview', anywhere);
  const press = anywhere.locator('main form[method=post]').last();
  await send(anywhere, await press.getAttribute('action'));
  assert.match(await main(anywhere), /cas_/);
  await look('28-stopped', anywhere);

  // The wallet hears of it in a signed event, and freezes what is left.
  await newestMessage(kanuki.walletBase, HANAKO.name, /止め/);
  await page.goto(kanuki.walletUrl);
  await look('29-frozen');
  await page.goto(`${kanuki.walletUrl}/topup`);
  assert.doesNotMatch(await main(), /チャージしました/);
  await page.goto(`${bankUrl(kanuki, HANAKO.bank)}/holder/sign-in`);
  await usePasskey(page);
  await look('30-holder');
  assert.match(await main(), /停止|止/);
  stranger.assertNoProblems();
  await stranger.close();
});

test('nothing in any page was blocked or broken', () => {
  hanako.assertNoProblems();
});

test('the same pages in English, in the dark, and on a desk', async () => {
  for (const [name, options] of [
    ['dark', { colorScheme: 'dark' }],
    ['desk', { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1 }],
    ['english', { locale: 'en-GB' }],
  ]) {
    const person = await newPerson(browser, { passkeys: hanako.passkeys, ...options });
    const view = await person.newPage();
    await view.goto(`${kanuki.walletUrl}/sign-in`);
    await look(`40-${name}-sign-in`, view);
    await usePasskey(view);
    for (const where of ['', 'topup', 'send', 'pay', 'payout', 'statement', 'security', 'security/push', 'freeze']) {
      await view.goto(`${kanuki.walletUrl}/${where}`);
      await look(`41-${name}-${where.replace('/', '-') || 'home'}`, view);
    }
    await view.goto(`${bankUrl(kanuki, HANAKO.bank)}/holder/sign-in`);
    await usePasskey(view);
    await look(`42-${name}-holder`, view);
    await view.goto(`${kanuki.walletUrl}/demo`);
    await look(`43-${name}-demo`, view);
    person.assertNoProblems();
    await person.close();
  }
});
