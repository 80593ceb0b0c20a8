// The wallet's other ways: a second passkey, no passkey at all, a lost phone, a wallet that its owner
// froze; and both desks, where two people let things go on.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import {
  assertAccessible, assertFonts, launchBrowser, newPerson, screenshot, startKanuki,
} from './lib.mjs';
import {
  HANAKO, STAFF, bankUrl, comeToDesk, enrolAtBranch, linkAccount, newestMessage, openWallet,
  proveIdentity, send, stopCode, usePasskey,
} from './steps.mjs';

let folder;
let dir;
let kanuki;
let browser;
let hanako;
let page;
const desks = { wallet: [], 'bank-one': [] };

async function look(name, on = page) {
  await assertAccessible(on);
  await assertFonts(on);
  await screenshot(on, `w-${name}`);
}

const main = (on = page) => on.locator('main').innerText();
const wallet = (where) => `${kanuki.walletUrl}/${where}`;
const bank = (where) => `${bankUrl(kanuki, HANAKO.bank)}/${where}`;

async function restart(later) {
  await kanuki.stop();
  kanuki = await startKanuki({ dir, later, port: kanuki.walletPort });
}

async function signIn(on = page) {
  await on.goto(wallet('sign-in'));
  await usePasskey(on);
}

/** Tries to top up and says what the page says. */
async function topUp(amount = '1000') {
  await page.goto(wallet('topup'));
  await page.fill('[name=amount]', amount);
  await Promise.all([
    page.waitForURL(/confirm/),
    page.locator('form[action="/topup/confirm"] button').last().click(),
  ]);
  await page.waitForLoadState();
  await send(page, '/topup');
  return main();
}

/** The one-time code of an authenticator app (RFC 6238). */
function oneTimeCode(secret, at = Date.now()) {
  const bits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const mac = createHmac('sha1', key).update(counter).digest();
  const start = mac.at(-1) & 15;
  return String((mac.readUInt32BE(start) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'kanuki-ways-'));
  dir = path.join(folder, 'data');
  kanuki = await startKanuki({ dir });
  browser = await launchBrowser();
  hanako = await newPerson(browser);
  page = await hanako.newPage();
  await openWallet(page, kanuki, HANAKO);
  await proveIdentity(page, kanuki, HANAKO);
  await enrolAtBranch(page, kanuki, HANAKO);
  await linkAccount(page, kanuki, HANAKO);
});

after(async () => {
  await browser?.close();
  await kanuki?.stop();
  await rm(folder, { recursive: true, force: true });
});

test('a second passkey on another key works, and can be ended', async () => {
  await page.goto(wallet('security'));
  await look('01-security');
  await page.goto(wallet('security/add'));
  await usePasskey(page);
  await look('02-add');
  const cdp = await hanako.context.newCDPSession(page);
  await cdp.send('WebAuthn.enable', { enableUI: false });
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2', transport: 'usb', hasResidentKey: true, hasUserVerification: true,
      isUserVerified: true, automaticPresenceSimulation: true,
    },
  });
  await page.fill('[name=label]', '引き出しの鍵');
  await usePasskey(page);
  assert.match(await main(), /引き出しの鍵/);
  await look('03-two-passkeys');
  const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId });
  await cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId });

  const drawer = new Map(credentials.map((each) => [each.credentialId, each]));
  const elsewhere = await newPerson(browser, { passkeys: drawer });
  const there = await elsewhere.newPage();
  await signIn(there);
  assert.match(await main(there), /はなこ/);
  await page.locator('main a[href$="/end"]').first().click();
  await page.waitForURL(/end/);
  await look('04-end-passkey');
  await usePasskey(page);
  assert.doesNotMatch(await main(), /引き出しの鍵/);
  await there.goto(wallet('statement'));
  assert.match(there.url(), /sign-in/, 'who was signed in with it is out');
  await elsewhere.close();
});

test('who cannot use a passkey opens a wallet with a printed key, without JavaScript', async () => {
  const tome = await newPerson(browser, { javaScriptEnabled: false });
  const hers = await tome.newPage();
  const follow = async (action) => {
    await Promise.all([
      hers.waitForNavigation(),
      hers.locator(`form[action="${action}"] button`).last().click(),
    ]);
    await hers.waitForLoadState();
  };
  for (const where of ['', 'open', 'sign-in', 'report', 'stop', 'recover', 'compensation', 'alternative', 'link']) {
    await hers.goto(wallet(where));
    await screenshot(hers, `w-10-nojs-${where || 'home'}`);
    assert.ok((await main(hers)).length > 10, where);
  }
  await hers.goto(wallet('alternative/open'));
  await hers.fill('[name=nickname]', 'とめ');
  await hers.fill('[name=mail]', 'tome@example.jp');
  await hers.fill('[name=phone]', '09000001003');
  await follow('/alternative/open');
  await screenshot(hers, 'w-11-printed');
  const key = (await hers.locator('.stop-code').innerText()).split('\n').slice(1).join('').trim();
  const secret = await hers.locator('main code').last().innerText();

  await hers.goto(wallet('alternative'));
  await hers.fill('[name=key]', key);
  await hers.fill('[name=code]', '000000');
  await follow('/alternative');
  assert.doesNotMatch(await main(hers), /とめさん/);
  await screenshot(hers, 'w-12-wrong-code');
  await hers.goto(wallet('alternative'));
  await hers.fill('[name=key]', key);
  await hers.fill('[name=code]', oneTimeCode(secret.trim()));
  await follow('/alternative');
  assert.match(await main(hers), /とめさん/);
  await screenshot(hers, 'w-13-home');
  for (const where of ['topup', 'send', 'pay', 'payout', 'request', 'statement', 'security', 'freeze']) {
    await hers.goto(wallet(where));
    await screenshot(hers, `w-14-nojs-${where}`);
  }
  await hers.goto(wallet('request'));
  await hers.fill('[name=amount]', '500');
  await follow('/request');
  assert.match(await main(hers), /¥500/);
  await hers.goto(wallet('report'));
  await hers.fill('[name=contact]', 'tome@example.jp');
  await hers.fill('[name=text]', '通帳に知らない引き落としがあります');
  await follow('/report');
  assert.match(await main(hers), /cas_/);
  await screenshot(hers, 'w-15-reported');
  await tome.close();
});

test('staff come to both desks, each with a passkey of their own', async () => {
  for (const [where, base] of [['wallet', kanuki.walletUrl], ['bank-one', bankUrl(kanuki, HANAKO.bank)]]) {
    for (const code of STAFF[where]) {
      const person = await newPerson(browser, { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1 });
      const desk = await person.newPage();
      await comeToDesk(desk, base, code);
      assert.equal(new URL(desk.url()).pathname, '/desk');
      desks[where].push({ person, desk });
    }
    await look(`20-${where}-desk`, desks[where][0].desk);
  }
});

/** The second of two at a desk agrees to what the first one asked for. */
async function agree(where) {
  const { desk } = desks[where][1];
  const base = where === 'wallet' ? kanuki.walletUrl : bankUrl(kanuki, HANAKO.bank);
  if (where === 'wallet') {
    await desk.goto(`${base}/desk/sign-in`);
    await usePasskey(desk);
  }
  await desk.goto(`${base}/desk/approvals`);
  await look(`21-${where}-approvals`, desk);
  const button = desk.getByRole('button', { name: /承認/ }).first();
  await Promise.all([desk.waitForEvent('framenavigated'), button.click()]);
  await desk.waitForLoadState();
}

/** Asks that what stops everybody go on: with a record of the risks. */
async function reopen(desk, link, name) {
  await Promise.all([desk.waitForURL(/desk\/reopen/), link.click()]);
  await look(`${name}-reopen`, desk);
  const day = (days) => new Date(Date.now() + (9 + 24 * days) * 3_600_000).toISOString().slice(0, 10);
  await desk.locator('[name=reason]').fill('訓練');
  await desk.locator('[name=finding-0]').fill('手口が残っていて、また引き出される');
  await desk.locator('[name=measure-0]').fill('一日の上限は残す');
  for (const says of await desk.locator('[name^=says-]').all()) {
    const id = (await says.getAttribute('name')).slice('says-'.length);
    await says.fill('原因を塞いだ');
    await desk.locator(`[name="name-${id}"]`).fill('斎藤 部長');
    await desk.locator(`[name="on-${id}"]`).fill(day(0));
  }
  await Promise.all([desk.waitForURL(/desk\/reopen$/), desk.locator('form[action="/desk/reopen"] button').click()]);
  assert.match(await main(desk), /FT-13/);
  await look(`${name}-reopen-lacks`, desk);
  await desk.locator('[name=review_by]').fill(day(30));
  await Promise.all([desk.waitForURL(/approvals/), desk.locator('form[action="/desk/reopen"] button').click()]);
}

/** Fills in the form of a switch: its own card's, or the one for any number. */
async function flip(desk, act, kind, id) {
  const isCard = kind === 'everything' || kind === 'bank';
  if (isCard && act === 'release') {
    const gate = encodeURIComponent(id ? `${kind}|${id}` : kind);
    return reopen(desk, desk.locator(`a[href="/desk/reopen?gate=${gate}"]`), `23-${kind}`);
  }
  const card = `:has(input[name=kind][value=${kind}]):has(input[name=id][value="${id}"])`;
  const form = desk.locator(`form[action="/desk/switches/${act}"]${isCard ? card : ''}`).last();
  if (isCard) await form.locator('xpath=ancestor::details').locator('summary').click();
  else {
    await form.locator('[name=kind]').selectOption(kind);
    await form.locator('[name=id]').fill(id);
  }
  await form.locator('[name=reason]').fill('訓練');
  await Promise.all([desk.waitForEvent('framenavigated'), form.locator('button').click()]);
  await desk.waitForLoadState();
}

test('every switch of the wallet stops a top-up, and two people start it again', async () => {
  const link = (await (async () => {
    await page.goto(wallet(''));
    return page.locator('main a[href^="/links/"]').first().getAttribute('href');
  })()).split('/').pop();
  const { desk } = desks.wallet[0];
  const walletId = await page.evaluate(async () => (await (await fetch('/api/v1/wallet')).json()).wallet_id);
  for (const [kind, id] of [['everything', ''], ['bank', '9901'], ['link', link], ['wallet', walletId]]) {
    await desk.goto(wallet('desk/switches'));
    await look('22-switches', desk);
    await flip(desk, 'stop', kind, id);
    assert.match(await topUp('500'), /チャージできませんでした[^]*止められています/, kind);
    await look(`23-stopped-${kind}`);
    await desk.goto(wallet('desk/switches'));
    await flip(desk, 'release', kind, id);
    await agree('wallet');
    assert.match(await topUp('500'), /チャージしました/, kind);
  }
});

test('every switch of the bank stops a debit, and two people start it again', async () => {
  // A case leads staff to the mandate, the account and the person.
  const told = await newestMessage(kanuki.bankBase(0), HANAKO.name, /閂ウォレット/);
  const anywhere = await (await newPerson(browser)).newPage();
  await anywhere.goto(bank('stop'));
  await anywhere.fill('[name=code]', stopCode(told));
  await send(anywhere, '/stop');
  await send(anywhere, await anywhere.locator('main form[method=post]').last().getAttribute('action'));
  assert.match(await main(anywhere), /cas_/);

  const { desk } = desks['bank-one'][0];
  await desk.goto(bank('desk'));
  await desk.locator('main a[href^="/desk/cases/"]').first().click();
  await desk.waitForURL(/cases/);
  await look('30-bank-case', desk);
  const links = await desk.locator('main a[href*="/desk/gates?kind="]').evaluateAll((all) => all.map((a) => a.href));
  const scopes = [...new Set(links)].map((href) => new URL(href).search);
  assert.deepEqual(scopes.map((s) => new URLSearchParams(s).get('kind')).sort(), ['account', 'mandate', 'person']);
  const release = desk.locator('form[action$="/release"]').first();
  await release.locator('[name=reason]').fill('ご本人に確認');
  await Promise.all([desk.waitForURL(/approvals/), release.locator('button').click()]);
  await desk.goto(bank('desk'));
  await desk.locator('main a[href^="/desk/cases/"]').first().click();
  await desk.waitForURL(/cases/);
  assert.match(await main(desk), /もう一人の承認待ち/);
  await look('31-bank-case-waits', desk);
  await agree('bank-one');

  for (const search of ['', '?partner', ...scopes]) {
    const isPartner = search === '?partner';
    const form = async (act) => {
      await desk.goto(bank(`desk/gates${isPartner ? '' : search}`));
      if (act === 'open' && (isPartner || !search)) {
        return reopen(desk, desk.locator('a[href^="/desk/reopen"]'), isPartner ? '32-partner' : '32-bank');
      }
      const index = isPartner ? 1 : 0;
      const all = desk.locator(`form[action^="/desk/gates/"]`);
      const one = all.nth(index);
      await one.locator('[name=reason]').fill('訓練');
      await Promise.all([desk.waitForEvent('framenavigated'), one.locator('button').click()]);
      await desk.waitForLoadState();
      return act;
    };
    await form('close');
    await look(`32-bank-gates${search.includes('kind') ? '-one' : ''}`, desk);
    await form('open');
    await agree('bank-one');
    await desk.goto(bank(`desk/gates${isPartner ? '' : search}`));
    assert.doesNotMatch(await main(desk), /止まっています/, search);
  }
});

test('a frozen wallet waits for its owner’s passkey, a day, and two people', async () => {
  await page.goto(wallet(''));
  await look('40-frozen-home');
  assert.equal(await page.locator('main a[href="/topup"]').count(), 0);
  await page.goto(wallet('topup'));
  assert.match(page.url(), /\/freeze/);
  await look('41-frozen');
  await usePasskey(page);
  await look('42-asked');
  const said = (await main()).match(/[0-9]{5}-[0-9]{5}/g).pop();
  const { desk } = desks.wallet[0];
  await desk.goto(wallet(`desk/find?number=${said}`));
  const number = new URL(desk.url()).pathname.split('/').pop();
  await look('43-wallet-case', desk);
  await desk.locator('form[action$="/unfreeze"] [name=reason]').fill('電話で確認');
  await send(desk, `/desk/cases/${number}/unfreeze`);
  await desks.wallet[1].desk.goto(wallet('desk/approvals'));
  assert.match(await main(desks.wallet[1].desk), /まだ承認できません/);
  await restart('+25h');
  for (const { desk: at } of desks.wallet) {
    await at.goto(wallet('desk/sign-in'));
    await usePasskey(at);
  }
  await agree('wallet');
  await signIn();
  await page.goto(wallet(''));
  assert.doesNotMatch(await main(), /止めています/);
  await look('44-unfrozen');
});

test('a lost phone: everybody is told, nothing happens for a week, then the card makes a new passkey', async () => {
  const lost = await newPerson(browser);
  const there = await lost.newPage();
  await there.goto(wallet('recover'));
  await look('50-recover', there);
  await there.fill('[name=contact]', HANAKO.mail);
  await send(there, '/recover');
  await look('51-recover-asked', there);
  const code = (await there.locator('.stop-code').innerText()).split('\n').slice(1).join('').trim();
  await newestMessage(kanuki.walletBase, HANAKO.name, /復旧|端末をなくした|新しいパスキー/);
  await page.goto(wallet(''));
  await look('52-home-warned');

  const goOn = async () => {
    await there.goto(wallet('recover'));
    await there.fill('[name=code]', code);
    await send(there, '/recover/identity');
  };
  await goOn();
  assert.doesNotMatch(there.url(), /card/, 'not before the week is over');
  await look('53-too-early', there);

  await restart('+9d');
  await goOn();
  await there.check(`[name=card][value=${HANAKO.card}]`);
  await look('54-card', there);
  await send(there, '/demo/card/read');
  await there.fill('[name=password]', HANAKO.password);
  await send(there, '/demo/card/sign');
  await look('55-card-sign', there);
  await Promise.all([
    there.waitForURL((url) => url.hostname === 'wallet.localhost' && !url.pathname.startsWith('/demo')),
    there.locator('form:has([name=signature]) button').click(),
  ]);
  await there.waitForLoadState();
  await there.goto(wallet('recover/passkey'));
  await there.fill('[name=code]', code);
  await send(there, '/recover/passkey');
  await look('56-new-passkey', there);
  await usePasskey(there);
  await signIn(there);
  assert.match(await main(there), /はなこさん/);

  await page.goto(wallet('sign-in'));
  await usePasskey(page);
  assert.doesNotMatch(await main(), /はなこさん/, 'the lost phone’s passkey is nobody’s');
  lost.assertNoProblems(/status of 4/);
  await lost.close();
});

test('the pages around it in the dark, in English and on a desk', async () => {
  for (const [name, options] of [
    ['dark', { colorScheme: 'dark' }],
    ['wide', { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1 }],
    ['english', { locale: 'en-GB' }],
  ]) {
    const person = await newPerson(browser, options);
    const view = await person.newPage();
    for (const where of ['', 'open', 'alternative', 'alternative/open', 'recover', 'recover/passkey', 'report',
      'stop', 'compensation', 'merchant/kanuki-coffee', 'desk/sign-in', 'desk/activate', 'demo', 'demo/card', 'demo/inbox']) {
      await view.goto(wallet(where));
      await look(`60-${name}-${where.replaceAll('/', '-') || 'home'}`, view);
    }
    person.assertNoProblems(/status of 4/);
    await person.close();
  }
});

test('nothing in any page was blocked or broken', () => {
  hanako.assertNoProblems(/status of 4/);
});
