// The modules of the two FAPI 2.0 plans, sent as the same kind of bytes to our bank and to
// oidc-provider. What both said stands in answers.json, which docs/conformance-fapi.md is made of;
// every difference has a reason here. KANUKI_WRITE_DOCS=1 writes the file.

import assert from 'node:assert/strict';
import http from 'node:http';
import { readFile, writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import * as jose from 'jose';

import { freePorts } from '../browser/kanuki.mjs';
import { startBank } from './bank.mjs';
import { enrolSoftly } from './branch.mjs';
import { MESSAGE_SIGNING, SECURITY_PROFILE, Stopped } from './modules.mjs';
import { newKey, newPartner } from './partner.mjs';
import { agree, clientMetadata, newAdapter, newProvider } from './peer.mjs';
import { maker } from './requests.mjs';
import { SoftBrowser, call } from './soft.mjs';

const FILE = fileURLToPath(new URL('answers.json', import.meta.url));
const names = ['wallet', 'other', 'signing'];
const partners = await Promise.all(names.map((name) => newPartner(name, `http://${name}.localhost:9/callback`)));
const dpop = await newKey();

/** Why the two do not say the same. */
const NONCE = 'it gives out ID tokens and wants the scope `openid` beside a nonce; here a nonce says nothing';
const REASONS = {
  EnsureAuthorizationRequestWith64CharNonceSuccess: NONCE,
  EnsureAuthorizationRequestWithLongNonce: NONCE,
  EnsureDifferentNonceInsideAndOutsideRequestObject: NONCE,
  EnsureMismatchedDpopJktFails: 'either code names the fault; ours says that it is the proof',
  EnsureUnsignedAuthorizationRequestWithoutUsingParFails:
    'it tells the callback in the address; we send nobody to an address that was not pushed',
  EnsureClientIdInTokenEndpoint: 'to us an assertion of another client proves nothing',
  EnsureHolderOfKeyRequired: 'either code names the fault; ours says that the proof is missing',
  EnsureClientAssertionInTokenEndpoint: 'a client that proves nothing is `invalid_client` here (RFC 6749 section 5.2)',
  PARAttemptReuseRequestUri: 'a page for people; ours does not tell a used name from one that never was',
  PAREnsureRequestUriIsBoundToClient: "a page for people; ours does not tell another client's name from none",
  PARRejectRequestUriInParAuthorizationFormParams: 'RFC 9126 section 2.1 names no code for it',
  PARRejectInvalidHttpVerb: 'RFC 9126 section 2.3 asks for 405',
  PAREnsurePKCECodeVerifierRequired: 'a parameter that is missing is `invalid_request` here',
};

/** A server as the modules see it. */
function target(issuer, origin, { consent, refuse }) {
  const agent = new http.Agent({ keepAlive: true });
  const { port, host } = new URL(issuer);
  const [make, other, signing] = partners.map((partner) => maker(partner, dpop, issuer));
  const browser = new SoftBrowser(new http.Agent({ keepAlive: true }), origin);
  return {
    issuer,
    make,
    other,
    signing,
    browser,
    send: (request) => call(agent, { port, host, ...request }),
    async authorize(query, { refuse: isRefused = false, reload = false } = {}) {
      const path = `/authorize?${new URLSearchParams({ client_id: make.clientId, ...query })}`;
      if (reload) await browser.get(path);
      const page = await browser.follow(await browser.get(path));
      if (page.away || page.status !== 200) return page;
      return (isRefused ? refuse : consent)(browser, page);
    },
  };
}

let bank;
let ours;
let peer;
let server;

before(async () => {
  bank = await startBank(partners.map((partner, n) => [partner, { message_signing: n === 2 }]));
  ours = target(bank.issuer, bank.pages, {
    async consent(who, page) {
      const account = await who.touch(page, '/authorize/sign-in');
      const chosen = account.text.match(/name="account" value="([^"]*)"/)[1];
      const signing = await who.submit(account, '/authorize/account', { account: chosen });
      return who.touch(signing, '/authorize/consent');
    },
    refuse: (who, page) => who.submit(page, '/authorize/refuse'),
  });
  await enrolSoftly(ours.browser, bank);

  const port = await freePorts(1);
  const issuer = `http://localhost:${port}`;
  const key = await newKey();
  const keys = [{ ...(await jose.exportJWK(key.privateKey)), ...key.jwk }];
  const clients = partners.map(({ clientId, redirectUri, key: { jwk } }, n) =>
    clientMetadata({ clientId, redirectUri, jwks: [jwk], signs: n === 2 }));
  const provider = newProvider(issuer, { adapter: newAdapter().adapter, keys, clients });
  const protocol = provider.callback();
  server = http.createServer(async (request, response) => {
    if (!request.url.startsWith('/interaction/')) {
      protocol(request, response);
    } else if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'text/html' }).end(
        `<form action="${request.url}/agree"></form><form action="${request.url}/refuse"></form>`,
      );
    } else if (request.url.endsWith('/agree')) {
      await agree(provider, request, response);
    } else {
      await provider.interactionFinished(request, response, { error: 'access_denied' });
    }
  });
  await new Promise((resolve) => { server.listen(port, '127.0.0.1', resolve); });
  const press = (what) => (who, page) => {
    const action = page.text.match(new RegExp(`action="([^"]*/${what})"`))[1];
    return who.submit(page, action);
  };
  peer = target(issuer, issuer, { consent: press('agree'), refuse: press('refuse') });
});

after(async () => {
  server?.close();
  server?.closeAllConnections();
  await bank?.stop();
});

/** What a server says to a module, wherever that came to its end. */
async function answer(send, on) {
  try {
    return await send(on);
  } catch (error) {
    if (error instanceof Stopped) return error.message;
    throw error;
  }
}

test('what the two servers say to every module is what the page says, with a reason for each difference', async () => {
  const answers = {};
  for (const [module, send] of Object.entries({ ...SECURITY_PROFILE, ...MESSAGE_SIGNING })) {
    peer.browser.forget();
    const [us, them] = [await answer(send, ours), await answer(send, peer)];
    answers[module] = us === them ? { both: us } : { ours: us, peer: them, why: REASONS[module] };
  }
  for (const [module, { both, ours: us, peer: them, why }] of Object.entries(answers)) {
    assert.ok(both || why, `${module}: we say ${us}, oidc-provider says ${them}`);
  }
  for (const module of Object.keys(REASONS)) assert.ok(answers[module].why, `${module} does not differ`);
  const text = `${JSON.stringify(answers, null, 1)}\n`;
  if (process.env.KANUKI_WRITE_DOCS) await writeFile(FILE, text);
  assert.equal(await readFile(FILE, 'utf8'), text);
});
