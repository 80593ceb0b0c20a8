// Our bank tells a stranger what happens: a receiver written with `jose` alone subscribes, asks
// whether the line works, fetches, proves and acknowledges.

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';

import { startBank } from './bank.mjs';
import { enrolSoftly } from './branch.mjs';
import { newKey, newPartner } from './partner.mjs';
import { POLL, PUSH, Receiver, VERIFICATION } from './receiver.mjs';
import { maker } from './requests.mjs';
import { SoftBrowser, call } from './soft.mjs';

const LINK = 'https://kanuki.example/secevent/link-status-changed';
const SHARED = 'https://kanuki.example/secevent/case-shared';
const wallet = await newPartner('wallet', 'http://wallet.localhost:9/callback');
const other = await newPartner('other', 'http://other.localhost:9/callback');
let bank;
let receiver;
let stranger;
let stream;

const subscriber = (partner) => new Receiver({
  issuer: bank.issuer,
  clientId: partner.clientId,
  key: { ...partner.key, alg: 'ES256' },
  audience: new URL(partner.redirectUri).origin,
});

before(async () => {
  bank = await startBank([[wallet, {}], [other, {}]]);
  receiver = subscriber(wallet);
  stranger = subscriber(other);
});

after(() => bank?.stop());

/** The holder links their account to the wallet, and stops the link again. */
async function linkAndStop() {
  const browser = new SoftBrowser(new http.Agent({ keepAlive: true }), bank.pages);
  await enrolSoftly(browser, bank);
  const { port, host } = new URL(bank.issuer);
  const make = maker(wallet, await newKey(), bank.issuer);
  const pushed = await call(new http.Agent(), { port, host, ...await make.parByThumbprint() });
  const { request_uri } = JSON.parse(pushed.text);
  const page = await browser.get(`/authorize?${new URLSearchParams({ client_id: 'wallet', request_uri })}`);
  const account = await browser.touch(page, '/authorize/sign-in');
  const [, chosen] = account.text.match(/name="account" value="([^"]*)"/);
  const signing = await browser.submit(account, '/authorize/account', { account: chosen });
  const back = await browser.touch(signing, '/authorize/consent');
  assert.ok(back.away.searchParams.get('code'), back.away.href);
  const door = await browser.get('/holder/sign-in');
  const home = await browser.touch(door, '/holder/sign-in');
  const [path] = home.text.match(/\/holder\/mandates\/[a-z0-9_]+/);
  const stop = await browser.get(`${path}/stop`);
  await browser.submit(stop, `${path}/stop`);
  return path.split('/').at(-1);
}

test('the transmitter is found by its configuration document', async () => {
  const transmitter = await receiver.discover();
  await stranger.discover();

  assert.equal(transmitter.spec_version, '1_0');
  assert.deepEqual(transmitter.delivery_methods_supported, [PUSH, POLL]);
  for (const name of ['configuration', 'status', 'verification', 'add_subject', 'remove_subject']) {
    assert.ok(transmitter[`${name}_endpoint`].startsWith(bank.issuer), name);
  }
  const { keys } = await (await fetch(transmitter.jwks_uri)).json();
  assert.deepEqual(keys.map(({ kty, d }) => [kty, d]), [['RSA', undefined]]);
});

test('a stream is made once, and only its receiver sees it', async () => {
  const wanted = { events_requested: [LINK], delivery: { method: POLL }, description: 'interop' };
  const made = await receiver.stream('POST', wanted);
  const again = await receiver.stream('POST', wanted);
  stream = made.body;
  const { configuration_endpoint: endpoint } = receiver.transmitter;
  const mine = await receiver.call('GET', `${endpoint}?stream_id=${stream.stream_id}`);
  const theirs = await stranger.call('GET', `${endpoint}?stream_id=${stream.stream_id}`);

  assert.deepEqual([made.status, again.status, theirs.status], [201, 409, 404]);
  assert.equal(stream.iss, bank.issuer);
  assert.equal(stream.aud, receiver.audience);
  // What is not asked for is told for a week all the same, a case that both companies have always: no
  // key may silence it.
  assert.deepEqual(stream.events_delivered, stream.events_supported);
  for (const told of [LINK, SHARED]) assert.ok(stream.events_delivered.includes(told), told);
  assert.equal(stream.delivery.method, POLL);
  assert.deepEqual(mine.body, stream);
});

test('the line works: what the receiver said comes back signed', async () => {
  const { verification_endpoint: endpoint } = receiver.transmitter;
  const asked = { stream_id: stream.stream_id, state: 'VGhpcyBpcyBhbiBleGFtcGxl' };
  const asking = await receiver.call('POST', endpoint, asked);
  const soon = await receiver.call('POST', endpoint, asked);
  const { told: [told] } = await receiver.poll(stream.delivery.endpoint_url);
  const { told: acknowledged } = await receiver.poll(stream.delivery.endpoint_url, { ack: [told.jti] });

  assert.deepEqual([asking.status, soon.status], [204, 429]);
  assert.equal(told.uri, VERIFICATION);
  assert.deepEqual(told.event, { state: asked.state });
  assert.deepEqual(told.sub_id, { format: 'opaque', id: stream.stream_id });
  assert.deepEqual(acknowledged, []);
});

test('a link that its holder stops is told to whoever subscribed, and to nobody else', async () => {
  const mandate = await linkAndStop();
  const { endpoint_url: endpoint } = stream.delivery;
  const { told } = await receiver.poll(endpoint);
  const stolen = await stranger.poll(endpoint, { ack: told.map(({ jti }) => jti) });
  const { told: again } = await receiver.poll(endpoint, { maxEvents: 1 });
  const names = told.map(({ jti }) => jti);
  const { told: left, more } = await receiver.poll(endpoint, { ack: names });

  assert.ok(told.length >= 1);
  assert.deepEqual(stolen.told, [], 'another partner has nothing to fetch');
  assert.equal(again[0].jti, names[0], 'and acknowledges nothing of ours');
  for (const { uri, event, sub_id: subject } of told) {
    assert.equal(uri, LINK);
    assert.equal(event.mandate_id, mandate);
    assert.deepEqual(subject, { format: 'opaque', id: 'customer-1' });
  }
  assert.deepEqual([left, more], [[], false]);
});

test('whoever is no partner arranges nothing, and nothing pinned can be moved', async () => {
  const thief = subscriber({ ...wallet, key: await newKey() });
  await thief.discover();
  const { configuration_endpoint: endpoint } = receiver.transmitter;
  const replayed = await receiver.assertion();
  const replay = () => fetch(endpoint, { headers: { authorization: `Bearer ${replayed}` } });
  const elsewhere = { method: PUSH, endpoint_url: 'http://169.254.169.254/latest' };

  assert.equal((await thief.stream('GET')).status, 401);
  assert.deepEqual([(await replay()).status, (await replay()).status], [200, 401]);
  const moved = await receiver.stream('PATCH', { stream_id: stream.stream_id, delivery: elsewhere });
  assert.equal(moved.status, 400);
  const gone = await receiver.call('DELETE', `${endpoint}?stream_id=${stream.stream_id}`);
  assert.equal(gone.status, 204);
});
