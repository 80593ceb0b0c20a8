// Our wallet as a client of banks that run oidc-provider, which is certified for FAPI 2.0: it links,
// tops up, renews and ends; and when the bank's answers are wrong in one place, it takes nothing.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import * as jose from 'jose';

import { freePorts } from '../browser/kanuki.mjs';
import { launchBrowser, newPerson } from '../browser/person.mjs';
import { openWallet, send } from '../browser/steps.mjs';
import { startOperator } from './card.mjs';
import { newFolder, startCompany } from './company.mjs';
import { HOLDER, startCore } from './core.mjs';
import { startForeignBank } from './foreign.mjs';
import { newKey } from './partner.mjs';

const HANAKO = { nickname: 'はなこ', mail: 'hanako@example.jp', phone: HOLDER.phone };
let plain;
let signing;
let wallet;
let operator;
let courier;
let folder;
let browser;
let page;
let trips = 0;

before(async () => {
  folder = await newFolder('wallet');
  plain = await startForeignBank('9902');
  signing = await startForeignBank('9903', { signs: true });
  operator = await startOperator(folder);
  const secret = await folder.secret('courier');
  courier = await startCore({ courier: secret });
  const port = await freePorts(1);
  const issuer = `http://localhost:${port}`;
  const pages = `http://wallet.localhost:${port}`;
  const settings = [
    ['server', { data: folder.file('data'), port, name: '閂ウォレット', issuer, pages }],
    ['identity', {
      operator_url: operator.operatorUrl,
      revocation_url: operator.revocationUrl,
      anchors_file: operator.anchorsFile,
    }],
    ['courier', { url: courier.lettersUrl, secret_file: folder.file('courier') }],
  ];
  for (const bank of [plain, signing]) {
    await folder.jwks(`${bank.code}.jwks`, [bank.events.jwk]);
    settings.push(['[bank]', {
      code: bank.code,
      name: `Foreign ${bank.code}`,
      issuer: bank.issuer,
      authorize_url: bank.authorizeUrl,
      client_id: 'kanuki-wallet',
      event_jwks_file: folder.file(`${bank.code}.jwks`),
      agreement_file: await folder.agreement(),
      message_signing: bank.signs,
    }]);
  }
  const server = await startCompany('wallet', folder, settings);
  wallet = { server, issuer, pages, walletUrl: pages };
  await plain.register(wallet);
  await signing.register(wallet);

  browser = await launchBrowser();
  page = await (await newPerson(browser)).newPage();
  await openWallet(page, wallet, HANAKO);
  await page.goto(`${pages}/identity`);
  await page.fill('[name=kana]', HOLDER.kana);
  await send(page, '/identity');
  await page.locator('form:has([name=signature]) button').click();
  await page.waitForURL((url) => url.origin === pages);
  assert.match(await page.locator('main').innerText(), /本人確認が済んでいます/);
});

after(async () => {
  await browser?.close();
  await wallet?.server.stop();
  for (const each of [operator, courier, plain, signing]) await each?.close();
  await folder?.remove();
});

/** To the bank and, whatever it answers, back. */
async function link(bank, what = 'agree') {
  // The proxy says from where a customer comes; one place may set out twenty times an hour.
  trips += 1;
  await page.setExtraHTTPHeaders({ 'x-forwarded-for': `203.0.${trips}.1` });
  await page.goto(`${wallet.pages}/link/start?bank=${bank.code}`);
  await page.check('[name=consent]');
  await send(page, '/link/start');
  assert.equal(new URL(page.url()).origin, bank.issuer, await page.locator('body').innerText());
  await page.getByRole('button', { name: what }).click();
  await page.waitForURL((url) => url.origin === wallet.pages);
  await page.waitForLoadState();
  return page.locator('main').innerText();
}

/** What a script of the page sees, with its session. */
async function api(path) {
  await page.goto(wallet.pages);
  return page.evaluate(async (where) => (await fetch(where)).json(), path);
}

async function active(bank) {
  const { links } = await api('/api/v1/links');
  return links.filter((each) => each.bank === bank.code && each.state === 'active');
}

async function topUp(bank, amount) {
  const [link] = await active(bank);
  await page.goto(`${wallet.pages}/topup?link=${link.link_id}`);
  const form = page.locator('form[action="/topup/confirm"]');
  await form.locator('[name=amount]').fill(`${amount}`);
  await Promise.all([page.waitForURL(/confirm/), form.locator('button').last().click()]);
  await send(page, '/topup');
  return page.locator('main').innerText();
}

/** What the bank was asked; when its keys are read and events come is another matter. */
const asked = (bank) => bank.heard.filter((each) => !/jwks|events/.test(each));
const count = (bank, what) => bank.heard.filter((each) => each === what).length;

for (const which of ['plain', 'signing']) {
  test(`the wallet links an account at a bank that runs other software: ${which}`, async () => {
    const bank = which === 'plain' ? plain : signing;
    bank.heard.length = 0;
    assert.match(await link(bank), /口座をつなぎました/);
    assert.equal(count(bank, 'POST /par'), bank.signs ? 2 : 1, 'a nonce is fetched once');
    assert.equal(count(bank, 'POST /token'), 1);
    const [linked] = await active(bank);
    assert.equal(linked.account, '***7654');

    assert.match(await topUp(bank, 3_000), /チャージしました/);
    assert.deepEqual([...bank.debits.values()].map((each) => each.amount), ['3000']);
  });
}

test('each bank sees keys that no other bank sees', async () => {
  assert.equal(plain.proofKeys.size, 1);
  assert.equal(signing.proofKeys.size, 1);
  assert.notDeepEqual(plain.proofKeys, signing.proofKeys);
  const keys = await Promise.all([plain, signing].map(async ({ code }) => {
    const served = await (await fetch(`${wallet.issuer}/jwks/${code}`)).json();
    return served.keys.map((key) => key.kid);
  }));
  assert.equal(keys[0].some((kid) => keys[1].includes(kid)), false);
});

test('a token that was ended before its time is renewed, and the debit is asked for once', async () => {
  signing.heard.length = 0;
  let times = 0;
  signing.bend = { debit: () => (times += 1) === 1 };
  assert.match(await topUp(signing, 1_000), /チャージしました/);
  signing.bend = {};
  assert.deepEqual(asked(signing), ['POST /debits', 'POST /token', 'POST /debits']);
  assert.equal(signing.debits.size, 2);
});

/** JARM as the bank signs it, with `change` made to what it says. */
async function resign(url, change, { key = signing.key, header = {} } = {}) {
  const said = jose.decodeJwt(url.searchParams.get('response'));
  change(said);
  const token = await new jose.SignJWT(said)
    .setProtectedHeader({ alg: key.alg, kid: key.kid, ...header })
    .sign(key.privateKey);
  url.searchParams.set('response', token);
}

const details = (change) => ({ token: (body) => change(body.authorization_details) });
const query = (change) => ({ callback: (url) => change(url.searchParams) });

test('an answer that is wrong in one place is taken for none, and nothing changes', async () => {
  const other = await newKey();
  const cases = [
    [plain, 'of another bank', query((said) => said.set('iss', signing.issuer))],
    [plain, 'of nobody', query((said) => said.delete('iss'))],
    [plain, 'to another request', query((said) => said.set('state', 'other'))],
    [plain, 'to no request', query((said) => said.delete('state'))],
    [plain, 'with two codes', query((said) => said.append('code', 'other'))],
    [plain, 'with a code and an error', query((said) => said.set('error', 'access_denied'))],
    [plain, 'with a token in the address', query((said) => said.set('access_token', 'x'))],
    [plain, 'with another code', query((said) => said.set('code', 'x'.repeat(43)))],
    [plain, 'with a token that is bound to nothing', { token: (body) => { body.token_type = 'Bearer'; } }],
    [plain, 'without details', details((all) => all.splice(0))],
    [plain, 'with two mandates', details((all) => all.push(all[0]))],
    [plain, 'that grants longer', details(([one]) => { one.terms.valid_to = '2099-01-01T00:00:00Z'; })],
    [plain, "of another customer's mandate", details(([one]) => { one.wallet.account_ref = 'x'; })],
    [plain, 'of another kind', details(([one]) => { one.type = 'urn:other'; })],
    [signing, 'without the signature that was agreed on', {
      callback: (url) => {
        const { code, state, iss } = jose.decodeJwt(url.searchParams.get('response'));
        for (const [name, value] of Object.entries({ code, state, iss })) url.searchParams.set(name, value);
        url.searchParams.delete('response');
      },
    }],
    [signing, 'signed by another', { callback: (url) => resign(url, () => {}, { key: other }) }],
    [signing, 'signed by another in its name', {
      callback: (url) => resign(url, () => {}, { key: { ...other, kid: signing.key.kid } }),
    }],
    [signing, 'signed for another', { callback: (url) => resign(url, (said) => { said.aud = 'x'; }) }],
    [signing, 'signed as another bank', {
      callback: (url) => resign(url, (said) => { said.iss = plain.issuer; }),
    }],
    [signing, 'signed long ago', { callback: (url) => resign(url, (said) => { said.exp -= 3_600; }) }],
    [signing, 'signed without an end', { callback: (url) => resign(url, (said) => { delete said.exp; }) }],
  ];
  const before = await api('/api/v1/links');
  for (const [bank, why, bend] of cases) {
    bank.bend = bend;
    assert.doesNotMatch(await link(bank), /口座をつなぎました/, why);
    bank.bend = {};
    assert.deepEqual(await api('/api/v1/links'), before, why);
  }
  assert.equal(plain.debits.size + signing.debits.size, 3, 'nothing was debited');
});

test('what a bank says about itself moves nothing: the register says where it is', async () => {
  // A wallet that believed this document would send codes and assertions to the other bank.
  plain.bend = {
    metadata: (body) => {
      for (const [name, value] of Object.entries(body)) {
        if (typeof value === 'string') body[name] = value.replace(plain.issuer, signing.issuer);
      }
    },
  };
  const said = await (await fetch(`${plain.issuer}/.well-known/oauth-authorization-server`)).json();
  assert.equal(said.issuer, signing.issuer);
  signing.heard.length = 0;
  assert.match(await link(plain), /口座をつなぎました/);
  assert.deepEqual(signing.heard, []);
  plain.bend = {};
});

test('how a bank spells the kind of its tokens does not matter', async () => {
  plain.tokenSecs = 20;
  plain.bend = { token: (body) => { body.token_type = 'dPoP'; } };
  assert.match(await link(plain), /口座をつなぎました/);
  plain.bend = {};
});

test('a token that is about to end is renewed with the refresh token, which stays the same', async () => {
  plain.heard.length = 0;
  const before = [...plain.kept.keys()].filter((key) => key.startsWith('RefreshToken:'));
  assert.match(await topUp(plain, 500), /チャージしました/);
  assert.deepEqual(asked(plain), ['POST /token', 'POST /debits']);
  const after = [...plain.kept.keys()].filter((key) => key.startsWith('RefreshToken:'));
  assert.deepEqual(after, before);
});

test('a customer who says no at the bank is told so, and nothing is linked', async () => {
  const before = await api('/api/v1/links');
  assert.doesNotMatch(await link(signing, 'refuse'), /口座をつなぎました/);
  assert.deepEqual(await api('/api/v1/links'), before);
});

test('a link that the customer ends is over at the bank, in a token that anybody can check', async () => {
  const [linked] = await active(plain);
  plain.heard.length = 0;
  await page.goto(`${wallet.pages}/links/${linked.link_id}`);
  await send(page, `/links/${linked.link_id}/end`);
  assert.deepEqual(await active(plain), []);
  assert.match(plain.heard.filter((each) => each.startsWith('DELETE')).join(), /^DELETE \/grants\/grt_/);

  for (let tries = 0; plain.told.length === 0 && tries < 100; tries += 1) {
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
  const keys = jose.createRemoteJWKSet(new URL(`${wallet.issuer}/.well-known/jwks.json`));
  const options = { issuer: wallet.issuer, typ: 'secevent+jwt', algorithms: ['RS256'] };
  const { payload } = await jose.jwtVerify(plain.told.at(-1), keys, options);
  assert.equal(payload.sub, undefined);
  assert.equal(payload.exp, undefined);
  assert.equal(Object.keys(payload.events).length, 1);
});
