// A bank that runs other software: oidc-provider for the protocol, and beside it what our wallet
// wants of a bank: debits under a token, the end of a grant, and an ear for events. It misbehaves on
// demand.

import http from 'node:http';
import { Readable } from 'node:stream';

import * as jose from 'jose';
import * as oauth from 'oauth4webapi';

import { freePorts } from '../browser/kanuki.mjs';
import { newId, newKey } from './partner.mjs';
import { agree, clientMetadata, newAdapter, newProvider } from './peer.mjs';

const insecure = { [oauth.allowInsecureRequests]: true };

function page(uid) {
  const form = (what) => `<form method="post" action="/interaction/${uid}/${what}"><button>${what}</button></form>`;
  return `<!doctype html><title>foreign bank</title>${form('agree')}${form('refuse')}`;
}

export async function startForeignBank(code, { signs = false, alg = 'ES256' } = {}) {
  const port = await freePorts(1);
  const issuer = `http://localhost:${port}`;
  const key = await newKey(alg);
  const events = await newKey('RS256');
  const privateJwk = { ...(await jose.exportJWK(key.privateKey)), ...key.jwk };
  const { adapter, kept } = newAdapter();
  const bank = {
    code,
    issuer,
    authorizeUrl: `${issuer}/authorize`,
    signs,
    events,
    kept,
    /** How it misbehaves now. */
    bend: {},
    key,
    asksForNonce: signs,
    tokenSecs: 600,
    /** Thumbprints of the keys that proofs came from. */
    proofKeys: new Set(),
    /** What it was asked, in order. */
    heard: [],
    account: newId('acc'),
    debits: new Map(),
    told: [],
    ended: new Set(),
    grants: new Map(),
  };
  const provider = newProvider(issuer, {
    adapter,
    keys: [privateJwk],
    nonce: () => bank.asksForNonce,
    secs: () => bank.tokenSecs,
  });
  provider.use(async (ctx, next) => {
    await next();
    const { callback, token, metadata } = bank.bend;
    const location = ctx.response.get('location');
    if (callback && location?.includes('/callback/')) {
      const url = new URL(location);
      await callback(url);
      ctx.set('location', url.href);
    }
    if (token && ctx.path === '/token' && ctx.status === 200) token(ctx.body);
    if (metadata && ctx.path.startsWith('/.well-known/')) metadata(ctx.body);
  });

  /** The claims of the access token, if the request may use it. */
  async function authorized(request) {
    const as = { issuer, jwks_uri: `${issuer}/jwks` };
    const headers = new Headers(request.headers);
    const shown = new Request(new URL(request.url, issuer), { method: request.method, headers });
    const options = { requireDPoP: true, ...insecure };
    const claims = await oauth.validateJwtAccessToken(as, shown, issuer, options);
    const [detail] = claims.authorization_details;
    if (bank.ended.has(detail.grant_id)) throw new Error('ended');
    return detail;
  }

  async function resource(request) {
    let detail;
    try {
      detail = await authorized(request);
    } catch {
      return [401, { error: 'invalid_token', error_description: 'not good' }];
    }
    if (request.method === 'DELETE') {
      bank.ended.add(detail.grant_id);
      const grant = bank.grants.get(detail.grant_id);
      await provider.RefreshToken.revokeByGrantId(grant.jti);
      await grant.destroy();
      return [204];
    }
    if (bank.bend.debit?.()) return [401, { error: 'invalid_token', error_description: 'ended' }];
    const asked = await new Response(Readable.toWeb(request)).json();
    if (request.headers['idempotency-key'] !== asked.debit_id) return [400, { error: 'invalid_request' }];
    if (!detail.actions.includes('debit')) return [403, { error: 'insufficient_scope' }];
    const known = bank.debits.get(asked.debit_id);
    const booked = known ?? { amount: asked.amount, at: new Date().toISOString() };
    bank.debits.set(asked.debit_id, booked);
    const result = { outcome: 'booked', booked_at: booked.at };
    return [201, { debit_id: asked.debit_id, result }];
  }

  async function interaction(request, response) {
    const [, , uid, what] = request.url.split('/');
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'text/html' }).end(page(uid));
    } else if (what === 'agree') {
      const grant = await agree(provider, request, response, bank.account);
      for (const detail of grant.rar) bank.grants.set(detail.grant_id, grant);
    } else {
      const error = { error: 'access_denied', error_description: 'the holder said no' };
      await provider.interactionFinished(request, response, error);
    }
  }

  const protocol = provider.callback();
  const server = http.createServer((request, response) => {
    bank.heard.push(`${request.method} ${request.url.split('?')[0]}`);
    if (request.headers.dpop) {
      const { jwk } = jose.decodeProtectedHeader(request.headers.dpop);
      jose.calculateJwkThumbprint(jwk).then((jkt) => bank.proofKeys.add(jkt));
    }
    const { pathname } = new URL(request.url, issuer);
    const fail = (error) => {
      bank.heard.push(`failed: ${error.stack}`);
      response.writeHead(500).end();
    };
    if (pathname.startsWith('/interaction/')) {
      interaction(request, response).catch(fail);
    } else if (pathname === '/debits' || pathname.startsWith('/grants/')) {
      resource(request, response).then(([status, body]) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(body && JSON.stringify(body));
      }, fail);
    } else if (pathname === '/ssf/events') {
      new Response(Readable.toWeb(request)).text().then((token) => {
        bank.told.push(token);
        response.writeHead(202).end();
      }, fail);
    } else {
      protocol(request, response);
    }
  });
  await new Promise((resolve) => { server.listen(port, '127.0.0.1', resolve); });

  return Object.assign(bank, {
    /** Takes the wallet on as a client, by the keys that it publishes. */
    async register(wallet) {
      const { keys } = await (await fetch(`${wallet.issuer}/jwks/${code}`)).json();
      const redirectUri = `${wallet.pages}/callback/${code}`;
      const jwks = keys.map(({ alg: _, ...rest }) => rest);
      const client = clientMetadata({ clientId: 'kanuki-wallet', redirectUri, jwks, signs });
      await adapter('Client').upsert('kanuki-wallet', client);
    },
    close: () => new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    }),
  });
}
