// Our bank as openid-client sees it: a client that is certified for FAPI 2.0 and that nobody here
// wrote. It goes all the way, once plainly and once with everything signed, and then every wrong way.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import * as client from 'openid-client';

import { launchBrowser, newPerson } from '../browser/person.mjs';
import { catchCallbacks, consent, startBank } from './bank.mjs';
import { enrolAtBranch } from './branch.mjs';
import { TYPE, details, newId, newKey, newPartner } from './partner.mjs';

const plain = await newPartner('plain', 'http://plain.localhost:9/callback');
const signing = await newPartner('signing', 'http://signing.localhost:9/callback', 'PS256');
let bank;
let browser;
let page;

before(async () => {
  bank = await startBank([
    [plain, {}],
    [signing, { dpop_nonce: true, message_signing: true }],
  ]);
  browser = await launchBrowser();
  const person = await newPerson(browser);
  page = await person.newPage();
  await catchCallbacks(page, [plain, signing]);
  await enrolAtBranch(page, bank);
});

after(async () => {
  await browser?.close();
  await bank?.stop();
});

/** What openid-client knows about the bank, by discovery alone; `twist` bends each assertion. */
async function discover(partner, { twist, key = partner.key, metadata = {} } = {}) {
  const signingKey = { key: key.privateKey, kid: key.kid };
  const auth = client.PrivateKeyJwt(signingKey, twist && { [client.modifyAssertion]: twist });
  return client.discovery(new URL(bank.issuer), partner.clientId, metadata, auth, {
    algorithm: 'oauth2',
    execute: [client.allowInsecureRequests],
  });
}

/** A client with a DPoP key of its own, and the note of what it sent. */
async function newClient(partner, options) {
  const config = await discover(partner, options);
  const sent = [];
  config[client.customFetch] = async (url, init) => {
    const bent = options?.bend?.(url, init) ?? init;
    const answer = await fetch(url, bent);
    sent.push({ url, init: bent, status: answer.status });
    return answer;
  };
  const keys = await client.randomDPoPKeyPair();
  return { config, partner, sent, keys, DPoP: client.getDPoPHandle(config, keys) };
}

/** The parameters of a good request, and what answers to them later. */
async function goodRequest(partner) {
  const verifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  return {
    verifier,
    state,
    parameters: {
      redirect_uri: partner.redirectUri,
      scope: 'mandate',
      state,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      authorization_details: await details(partner, bank.issuer),
    },
  };
}

/** From nothing to a code in the browser's address. */
async function toCode(who) {
  const request = await goodRequest(who.partner);
  const url = await client.buildAuthorizationUrlWithPAR(who.config, request.parameters, who);
  return { ...request, callback: await consent(page, url, who.partner) };
}

function exchange(who, { callback, verifier, state }, dpop = who) {
  const checks = { pkceCodeVerifier: verifier, expectedState: state };
  return client.authorizationCodeGrant(who.config, callback, checks, undefined, dpop);
}

function debit(who, token, amount, { id = newId('dbt'), dpop = who } = {}) {
  const headers = new Headers({ 'content-type': 'application/json', 'idempotency-key': id });
  const body = JSON.stringify({ debit_id: id, amount: `${amount}` });
  const to = new URL('/debits', bank.issuer);
  return client.fetchProtectedResource(who.config, token, to, 'POST', body, headers, dpop);
}

/** What a refused promise says: an error of OAuth, or a challenge at the resource. */
async function refusal(promise) {
  const error = await promise.then(() => null, (thrown) => thrown);
  assert.ok(error, 'it was not refused');
  const challenge = Array.isArray(error.cause) ? error.cause[0]?.parameters?.error : undefined;
  const said = error.error ?? challenge ?? error.code;
  return [error.status ?? error.response?.status ?? error.cause?.status, said];
}

let linked;

test('the bank is found by its metadata alone, and says that it is FAPI 2.0', async () => {
  const server = (await discover(plain)).serverMetadata();

  assert.equal(server.issuer, bank.issuer);
  assert.equal(server.require_pushed_authorization_requests, true);
  assert.equal(server.authorization_response_iss_parameter_supported, true);
  assert.ok(server.authorization_details_types_supported.includes(TYPE));
  assert.ok(server.supportsPKCE('S256'));
  const elsewhere = client.discovery(new URL(bank.pages), 'plain', {}, client.None(), {
    algorithm: 'oauth2',
    execute: [client.allowInsecureRequests],
  });
  // The pages have another origin, and no metadata: nobody can be sent there for it.
  await assert.rejects(elsewhere);
});

test('a plain client links, debits, asks, renews and gives back', async () => {
  const who = await newClient(plain);
  const way = await toCode(who);
  assert.equal(way.callback.searchParams.get('iss'), bank.issuer);
  const tokens = await exchange(who, way);

  assert.equal(tokens.token_type, 'dpop');
  const [granted] = tokens.authorization_details;
  assert.equal(granted.type, TYPE);
  assert.match(granted.account.mask, /0011$/);
  assert.equal(granted.holder_binding, undefined);

  const before = bank.core.state.balance;
  const id = newId('dbt');
  for (let times = 0; times < 2; times += 1) {
    const answer = await debit(who, tokens.access_token, 4_000, { id });
    assert.equal(answer.status, 201);
    assert.equal((await answer.json()).result.outcome, 'booked');
  }
  assert.equal(bank.core.state.balance, before - 4_000, 'the same id debits once');

  const worth = await client.tokenIntrospection(who.config, tokens.access_token);
  assert.equal(worth.active, true);
  assert.equal(worth.client_id, 'plain');
  assert.equal(worth.cnf.jkt, await who.DPoP.calculateThumbprint());
  assert.equal(worth.authorization_details[0].mandate_id, granted.mandate_id);

  const renewed = await client.refreshTokenGrant(who.config, tokens.refresh_token, undefined, who);
  assert.equal(renewed.refresh_token ?? tokens.refresh_token, tokens.refresh_token, 'no rotation');
  assert.equal((await debit(who, renewed.access_token, 1_000)).status, 201);

  linked = { who, tokens, renewed };
});

test('a client that signs everything does the same, with the nonces of the server', async () => {
  const metadata = {
    introspection_signed_response_alg: 'ES256',
    authorization_signed_response_alg: 'ES256',
  };
  const who = await newClient(signing, { metadata });
  client.useJwtResponseMode(who.config);
  const request = await goodRequest(signing);
  const key = { key: signing.key.privateKey, kid: signing.key.kid };
  const { config } = who;
  const { searchParams } =
    await client.buildAuthorizationUrlWithJAR(config, request.parameters, key);
  const url = await client.buildAuthorizationUrlWithPAR(config, searchParams, who);
  const pushes = who.sent.filter((each) => `${each.url}`.endsWith('/par'));
  assert.deepEqual(pushes.map((each) => each.status), [400, 201], 'asked again with a nonce');

  const callback = await consent(page, url, signing);
  assert.deepEqual([...callback.searchParams.keys()], ['response']);
  const tokens = await exchange(who, { ...request, callback });
  assert.equal((await debit(who, tokens.access_token, 2_000)).status, 201);

  const worth = await client.tokenIntrospection(config, tokens.access_token);
  assert.equal(worth.active, true);
  const renewed = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, who);
  await client.tokenRevocation(config, tokens.refresh_token);
  assert.equal((await client.tokenIntrospection(config, renewed.access_token)).active, false);
  assert.deepEqual(await refusal(debit(who, renewed.access_token, 1)), [401, 'invalid_token']);
});

test('a client that does not prove itself is refused', async () => {
  for (const [why, twist] of [
    ['the token endpoint as audience', (_, claims) => { claims.aud = `${bank.issuer}/token`; }],
    ['the PAR endpoint as audience', (_, claims) => { claims.aud = `${bank.issuer}/par`; }],
    ['a list as audience', (_, claims) => { claims.aud = [bank.issuer]; }],
    ['another bank as audience', (_, claims) => { claims.aud = 'http://localhost:1'; }],
    ['no subject', (_, claims) => { delete claims.sub; }],
    ['another subject', (_, claims) => { claims.sub = 'signing'; }],
    ['expired', (_, claims) => { claims.exp -= 600; claims.iat -= 600; claims.nbf -= 600; }],
    ['from the future', (_, claims) => { claims.iat += 600; claims.nbf += 600; claims.exp += 600; }],
    ['no name', (_, claims) => { delete claims.jti; }],
    ['one name for all', (_, claims) => { claims.jti = 'again'; }],
    ['a critical extension', (header) => { header.crit = ['exp']; }],
  ]) {
    const who = await newClient(plain, { twist });
    const push = async () => {
      const { parameters } = await goodRequest(plain);
      return client.buildAuthorizationUrlWithPAR(who.config, parameters, who);
    };
    if (why === 'one name for all') await push();
    assert.deepEqual(await refusal(push()), [401, 'invalid_client'], why);
  }
  const stranger = await newClient(plain, { key: await newKey() });
  const { parameters } = await goodRequest(plain);
  const push = client.buildAuthorizationUrlWithPAR(stranger.config, parameters, stranger);
  assert.deepEqual(await refusal(push), [401, 'invalid_client']);
});

test('a request that is not as FAPI 2.0 wants it is refused before any page', async () => {
  const asked = JSON.parse(await details(plain, bank.issuer));
  const bent = (change) => JSON.stringify([{ ...asked[0], ...change }]);
  for (const [changes, error] of [
    [{ code_challenge: '' }, 'invalid_request'],
    [{ code_challenge_method: 'plain' }, 'invalid_request'],
    [{ redirect_uri: '' }, 'invalid_request'],
    [{ redirect_uri: 'http://plain.localhost:9/elsewhere' }, 'invalid_request'],
    [{ response_type: 'code id_token' }, 'unsupported_response_type'],
    [{ response_type: 'token' }, 'unsupported_response_type'],
    [{ scope: 'openid' }, 'invalid_scope'],
    [{ request_uri: 'urn:ietf:params:oauth:request_uri:x' }, 'invalid_request'],
    [{ dpop_jkt: 'A'.repeat(43) }, 'invalid_dpop_proof'],
    [{ authorization_details: bent({ type: 'urn:other' }) }, 'invalid_authorization_details'],
    [{ authorization_details: bent({ more: 1 }) }, 'invalid_authorization_details'],
    [{ authorization_details: bent({ actions: [] }) }, 'invalid_authorization_details'],
    [{ authorization_details: bent({ holder_binding: { method: 'jpki', assertion: 'x' } }) }, 'invalid_authorization_details'],
    [{ authorization_details: '[]' }, 'invalid_authorization_details'],
  ]) {
    const who = await newClient(plain);
    const { parameters } = await goodRequest(plain);
    const wanted = new URLSearchParams({ ...parameters, ...changes });
    for (const [name, value] of Object.entries(changes)) if (value === '') wanted.delete(name);
    const push = client.buildAuthorizationUrlWithPAR(who.config, wanted, who);
    assert.deepEqual(await refusal(push), [400, error], JSON.stringify(changes));
  }
});

test('a signed request counts as it was signed, for us, by this client and for now', async () => {
  const key = { key: signing.key.privateKey, kid: signing.key.kid };
  const stranger = await newKey('PS256');
  const elliptic = await newKey('ES256');
  for (const [why, twist, signer = key] of [
    ['for another bank', (_, claims) => { claims.aud = 'http://localhost:1'; }],
    ['without an end', (_, claims) => { delete claims.exp; }],
    ['without a beginning', (_, claims) => { delete claims.nbf; }],
    ['over', (_, claims) => { claims.nbf -= 600; claims.exp -= 600; }],
    ['not begun', (_, claims) => { claims.nbf += 4_000; claims.exp += 4_000; }],
    ['of an hour ago', (_, claims) => { claims.nbf -= 4_000; }],
    ['of another client', (_, claims) => { claims.iss = 'plain'; }],
    ['with a request inside', (_, claims) => { claims.request_uri = 'urn:x'; }],
    ['of no kind', (header) => { delete header.typ; }],
    ['of another kind', (header) => { header.typ = 'client-authentication+jwt'; }],
    ['by a key that nobody knows', undefined, { key: stranger.privateKey, kid: stranger.kid }],
    ['by a key under a known name', undefined, { key: stranger.privateKey, kid: signing.key.kid }],
    ['by another kind of key', undefined, { key: elliptic.privateKey, kid: signing.key.kid }],
  ]) {
    const who = await newClient(signing);
    const { parameters } = await goodRequest(signing);
    const options = twist && { [client.modifyAssertion]: twist };
    const asked = await client.buildAuthorizationUrlWithJAR(who.config, parameters, signer, options);
    const push = client.buildAuthorizationUrlWithPAR(who.config, asked.searchParams, who);
    assert.deepEqual(await refusal(push), [400, 'invalid_request_object'], why);
  }
  const unsigned = await newClient(signing);
  const { parameters } = await goodRequest(signing);
  const push = client.buildAuthorizationUrlWithPAR(unsigned.config, parameters, unsigned);
  assert.deepEqual(await refusal(push), [400, 'invalid_request'], 'a signing client must sign');
});

test('a proof is good for one request, with one key, and nowhere else', async () => {
  let first;
  const replay = (_, init) => {
    const headers = new Headers(init.headers);
    first ??= headers.get('dpop');
    headers.set('dpop', first);
    return { ...init, headers };
  };
  const again = await newClient(plain, { bend: replay });
  for (const expected of [201, 400]) {
    const { parameters } = await goodRequest(plain);
    const push = client.buildAuthorizationUrlWithPAR(again.config, parameters, again);
    if (expected === 201) await push;
    else assert.deepEqual(await refusal(push), [400, 'invalid_dpop_proof']);
  }

  const { who, renewed } = linked;
  const token = renewed.access_token;
  const [{ url, init }] = who.sent.filter((each) => `${each.url}`.endsWith('/debits')).slice(-1);
  assert.equal((await fetch(url, init)).status, 401, 'the same proof again');
  const other = client.getDPoPHandle(who.config, await client.randomDPoPKeyPair());
  assert.deepEqual((await refusal(debit(who, token, 1, { dpop: { DPoP: other } })))[0], 401);
  assert.deepEqual((await refusal(debit(who, token, 1, { dpop: {} })))[0], 401, 'as a bearer token');
});

test('a code is for one client, one key, one verifier and one use', async () => {
  const before = bank.core.state.balance;
  const who = await newClient(plain);
  const way = await toCode(who);

  const thief = await newClient(signing);
  const stolen = exchange(thief, way);
  assert.deepEqual((await refusal(stolen))[1], 'invalid_grant', 'another client');

  const tokens = await exchange(who, way);
  assert.deepEqual(await refusal(exchange(who, way)), [400, 'invalid_grant'], 'twice');
  const worth = await client.tokenIntrospection(who.config, tokens.access_token);
  assert.equal(worth.active, false, 'what a reused code gave is void');
  assert.deepEqual(await refusal(debit(who, tokens.access_token, 1)), [401, 'invalid_token']);

  const bentKey = await toCode(who);
  const otherKey = { DPoP: client.getDPoPHandle(who.config, await client.randomDPoPKeyPair()) };
  assert.deepEqual(await refusal(exchange(who, bentKey, otherKey)), [400, 'invalid_grant']);

  const bentVerifier = { ...(await toCode(who)), verifier: client.randomPKCECodeVerifier() };
  assert.deepEqual(await refusal(exchange(who, bentVerifier)), [400, 'invalid_grant']);
  assert.equal(bank.core.state.balance, before, 'nothing moved');
});

test('what one client was granted is nothing to another', async () => {
  const { who, tokens, renewed } = linked;
  const other = await newClient(signing);
  const renew = client.refreshTokenGrant(other.config, tokens.refresh_token, undefined, other);
  assert.deepEqual(await refusal(renew), [400, 'invalid_grant']);
  const worth = await client.tokenIntrospection(other.config, renewed.access_token);
  assert.deepEqual(worth, { active: false });
  await client.tokenRevocation(other.config, tokens.refresh_token).catch(() => {});
  assert.equal((await client.tokenIntrospection(who.config, renewed.access_token)).active, true);
});

test('a holder who says no is told to the client, and nothing is granted', async () => {
  const who = await newClient(plain);
  const request = await goodRequest(plain);
  const url = await client.buildAuthorizationUrlWithPAR(who.config, request.parameters, who);
  await page.goto(url.href);
  await page.locator('form[action="/authorize/refuse"] button').first().click();
  await page.waitForURL((at) => at.host === 'plain.localhost:9');
  const answer = exchange(who, { ...request, callback: new URL(page.url()) });
  const error = await answer.then(() => null, (thrown) => thrown);
  assert.equal(error.error, 'access_denied');
});

test('a client that gives its refresh token back has ended the mandate', async () => {
  const { who, tokens, renewed } = linked;
  await client.tokenRevocation(who.config, tokens.refresh_token);
  assert.equal((await client.tokenIntrospection(who.config, renewed.access_token)).active, false);
  const renew = client.refreshTokenGrant(who.config, tokens.refresh_token, undefined, who);
  assert.deepEqual(await refusal(renew), [400, 'invalid_grant']);
});
