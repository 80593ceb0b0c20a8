// Our wallet at a bank that speaks plain OAuth 2.0 (oidc-provider without FAPI): its second connector.
// It links and debits there, takes little, and takes nothing where the bank's answer is wrong.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { freePorts } from '../browser/kanuki.mjs';
import { launchBrowser, newPerson } from '../browser/person.mjs';
import { openWallet, send } from '../browser/steps.mjs';
import { startOperator } from './card.mjs';
import { newFolder, startCompany } from './company.mjs';
import { HOLDER, startCore } from './core.mjs';
import { startPlainBank } from './oauth.mjs';

const HANAKO = { nickname: 'はなこ', mail: 'hanako@example.jp', phone: HOLDER.phone };
let bank;
let wallet;
let operator;
let courier;
let folder;
let browser;
let page;
let settings;
let trips = 0;

const assurance = {
  proof: 'one_time_code',
  matches_facts: true,
  tells_customer: true,
  is_revocable: true,
  reports_stops: false,
  bearer_tokens: true,
};

before(async () => {
  folder = await newFolder('oauth');
  bank = await startPlainBank('9902', HOLDER);
  operator = await startOperator(folder);
  courier = await startCore({ courier: await folder.secret('courier') });
  const port = await freePorts(1);
  const issuer = `http://localhost:${port}`;
  const pages = `http://wallet.localhost:${port}`;
  await folder.jwks('none.jwks', []);
  settings = (more = {}) => [
    ['server', { data: folder.file('data'), port, name: '閂ウォレット', issuer, pages }],
    ['identity', {
      operator_url: operator.operatorUrl,
      revocation_url: operator.revocationUrl,
      anchors_file: operator.anchorsFile,
    }],
    ['courier', { url: courier.lettersUrl, secret_file: folder.file('courier') }],
    ['[bank]', {
      code: bank.code,
      name: 'Plain 9902',
      issuer: bank.issuer,
      authorize_url: bank.authorizeUrl,
      client_id: 'kanuki-wallet',
      event_jwks_file: folder.file('none.jwks'),
      agreement_file: agreement,
      protocol: 'oauth',
    }],
    ['bank.assurance', { ...assurance, ...more }],
  ];
  const agreement = await folder.agreement();
  const server = await startCompany('wallet', folder, settings());
  wallet = { server, issuer, pages, walletUrl: pages };
  await bank.register(wallet);

  browser = await launchBrowser();
  page = await (await newPerson(browser)).newPage();
  await openWallet(page, wallet, HANAKO);
  await page.goto(`${pages}/identity`);
  await page.fill('[name=kana]', HOLDER.kana);
  await send(page, '/identity');
  await page.locator('form:has([name=signature]) button').click();
  await page.waitForURL((url) => url.origin === pages);
});

after(async () => {
  await browser?.close();
  await wallet?.server.stop();
  for (const each of [operator, courier, bank]) await each?.close();
  await folder?.remove();
});

/** To the bank and, whatever it answers, back. */
async function link(what = 'agree') {
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

async function api(path) {
  await page.goto(wallet.pages);
  return page.evaluate(async (where) => (await fetch(where)).json(), path);
}

async function active() {
  const { links } = await api('/api/v1/links');
  return links.filter((each) => each.state === 'active');
}

async function topUp(amount) {
  const [one] = await active();
  await page.goto(`${wallet.pages}/topup?link=${one.link_id}`);
  const form = page.locator('form[action="/topup/confirm"]');
  await form.locator('[name=amount]').fill(`${amount}`);
  await Promise.all([page.waitForURL(/confirm|topup/), form.locator('button').last().click()]);
  if (page.url().includes('confirm')) await send(page, '/topup');
  return page.locator('main').innerText();
}

test('the wallet links and debits at a bank that knows nothing of FAPI', async () => {
  assert.match(await link(), /口座をつなぎました/);
  assert.deepEqual(bank.heard.filter((each) => /par|token|mandate/.test(each)), ['POST /token', 'POST /mandate']);
  const [asked] = bank.asked;
  assert.equal(asked.code_challenge_method, 'S256');
  assert.deepEqual(
    Object.keys(asked).sort(),
    ['client_id', 'code_challenge', 'code_challenge_method', 'redirect_uri', 'response_type', 'scope', 'state'],
    'nothing about the customer goes by the browser',
  );
  const [made] = bank.mandates.values();
  assert.deepEqual(made.actions, ['debit']);
  assert.equal(made.terms.max_individual, '5000', 'bearer tokens and no word of stops: the lowest caps');

  assert.match(await topUp(3_000), /チャージしました/);
  assert.deepEqual([...bank.debits.values()].map((each) => each.amount), ['3000']);
  assert.doesNotMatch(await topUp(3_000), /チャージしました/, 'over what is taken from such a bank in a day');
  assert.equal(bank.debits.size, 1);
});

test('an answer that is wrong in one place is taken for none', async () => {
  const before = await api('/api/v1/links');
  const cases = [
    ['of another bank', { callback: (said) => said.set('iss', 'http://localhost:1') }],
    ['to another request', { callback: (said) => said.set('state', 'other') }],
    ['to no request', { callback: (said) => said.delete('state') }],
    ['with a token in the address', { callback: (said) => said.set('access_token', 'x') }],
    ['with another code', { callback: (said) => said.set('code', 'x'.repeat(43)) }],
    ['with a token of another kind', { token: (body) => { body.token_type = 'mac'; } }],
    ['that grants more', { mandate: (made) => { made.terms.max_individual = '50000'; } }],
    ['that grants more kinds', { mandate: (made) => { made.actions = ['debit', 'credit']; } }],
    ["of another customer's mandate", { mandate: (made) => { made.wallet.account_ref = 'x'; } }],
    ['of another kind of mandate', { mandate: (made) => { made.type = 'urn:other'; } }],
  ];
  for (const [why, bend] of cases) {
    bank.bend = bend;
    assert.doesNotMatch(await link(), /口座をつなぎました/, why);
    bank.bend = {};
    assert.deepEqual(await api('/api/v1/links'), before, why);
  }
  assert.equal(bank.debits.size, 1);
});

test('a bank without RFC 9207 is believed at the address that is its own', async () => {
  bank.bend = { callback: (said) => said.delete('iss') };
  assert.match(await link(), /口座をつなぎました/);
  bank.bend = {};
});

test('somebody else’s account is not linked: the bank compares, after the holder agreed and before anything moves', async () => {
  const before = await api('/api/v1/links');
  const made = new Set(bank.mandates.keys());
  bank.person = { ...HOLDER, name: '佐藤 健' };
  assert.doesNotMatch(await link(), /口座をつなぎました/);
  bank.person = HOLDER;
  assert.deepEqual(await api('/api/v1/links'), before);
  // The wallet still ends, in its own time, what it refused before: what is there may only shrink.
  assert.deepEqual([...bank.mandates.keys()].filter((each) => !made.has(each)), []);
});

test('a customer who says no is told so, and one who ends the link ends it there', async () => {
  assert.doesNotMatch(await link('refuse'), /口座をつなぎました/);
  const [linked] = await active();
  bank.heard.length = 0;
  await page.goto(`${wallet.pages}/links/${linked.link_id}`);
  await send(page, `/links/${linked.link_id}/end`);
  assert.deepEqual(await active(), []);
  assert.ok(bank.heard.includes('DELETE /mandate'), bank.heard.join());
});

test('a wallet does not start with such a bank if it proves by knowledge alone or says that it binds tokens', async () => {
  await wallet.server.stop();
  for (const more of [{ proof: 'pin' }, { proof: 'pin_and_facts' }, { bearer_tokens: false }]) {
    await assert.rejects(startCompany('wallet', folder, settings(more)), /assurance/);
  }
  wallet.server = await startCompany('wallet', folder, settings());
});
