// A bank that speaks plain OAuth 2.0: oidc-provider without any of FAPI, bearer tokens, and beside it
// `/mandate`, where terms and facts come after the holder has agreed, and `/debits`.

import http from 'node:http';
import { Readable } from 'node:stream';

import * as jose from 'jose';
import { Provider } from 'oidc-provider';

import { freePorts } from '../browser/kanuki.mjs';
import { newId, newKey } from './partner.mjs';
import { granted, newAdapter } from './peer.mjs';

const SCOPE = 'account_debit';

function page(uid) {
  const form = (what) => `<form method="post" action="/interaction/${uid}/${what}"><button>${what}</button></form>`;
  return `<!doctype html><title>plain bank</title>${form('agree')}${form('refuse')}`;
}

function newProvider(issuer, adapter, keys, bank) {
  return new Provider(issuer, {
    adapter,
    jwks: { keys },
    claims: {},
    scopes: [SCOPE],
    clientAuthMethods: ['private_key_jwt'],
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    responseTypes: ['code'],
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: async () => true,
    expiresWithSession: async () => false,
    // Every link is agreed to by itself.
    loadExistingGrant: async (ctx) => {
      const id = ctx.oidc.result?.consent?.grantId;
      return id && ctx.oidc.provider.Grant.find(id);
    },
    cookies: { keys: ['interop'] },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: async (_ctx, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
    ttl: { Interaction: 600, Session: 600, AccessToken: () => bank.tokenSecs, AuthorizationCode: 60, Grant: 86_400, RefreshToken: 86_400 },
    routes: { authorization: '/authorize', token: '/token', jwks: '/jwks' },
    features: { devInteractions: { enabled: false }, userinfo: { enabled: false }, rpInitiatedLogout: { enabled: false } },
  });
}

/** Starts it. `person` is whom the bank has on file under the account. */
export async function startPlainBank(code, person) {
  const port = await freePorts(1);
  const issuer = `http://localhost:${port}`;
  const key = await newKey('ES256');
  const privateJwk = { ...(await jose.exportJWK(key.privateKey)), ...key.jwk };
  const { adapter, kept } = newAdapter();
  const bank = {
    code,
    issuer,
    authorizeUrl: `${issuer}/authorize`,
    kept,
    person,
    bend: {},
    tokenSecs: 600,
    heard: [],
    /** What came by the browser. */
    asked: [],
    account: newId('acc'),
    mandates: new Map(),
    debits: new Map(),
  };
  const provider = newProvider(issuer, adapter, [privateJwk], bank);
  provider.use(async (ctx, next) => {
    await next();
    const location = ctx.response.get('location');
    if (bank.bend.callback && location?.includes('/callback/')) {
      const url = new URL(location);
      bank.bend.callback(url.searchParams);
      ctx.set('location', url.href);
    }
    if (bank.bend.token && ctx.path === '/token' && ctx.status === 200) bank.bend.token(ctx.body);
  });

  /** The grant that the request's bearer token hangs on. */
  async function authorized(request) {
    const [scheme, value] = (request.headers.authorization ?? '').split(' ');
    if (scheme !== 'Bearer' || request.headers.dpop) throw new Error('no bearer token');
    const token = await provider.AccessToken.find(value);
    if (!token?.isValid || token.scope !== SCOPE) throw new Error('not good');
    return token.grantId;
  }

  /** Compares what the wallet has verified with what is on file, and makes the mandate or not. */
  async function mandate(grantId, detail) {
    const { keys } = await (await fetch(`${bank.wallet}/jwks/${code}`)).json();
    const set = jose.createLocalJWKSet({ keys });
    const { payload } = await jose.jwtVerify(detail.holder_binding.assertion, set, { audience: issuer });
    const { facts } = payload;
    if (facts.name !== bank.person.name || facts.born_on !== bank.person.born_on) {
      return [403, { error: 'access_denied', error_description: 'not the same person' }];
    }
    const made = granted(detail, bank.account);
    bank.bend.mandate?.(made);
    bank.mandates.set(grantId, made);
    return [201, made];
  }

  async function resource(request) {
    let grantId;
    try {
      grantId = await authorized(request);
    } catch {
      return [401, { error: 'invalid_token', error_description: 'not good' }];
    }
    const { pathname } = new URL(request.url, issuer);
    if (request.method === 'DELETE') {
      bank.mandates.delete(grantId);
      await provider.RefreshToken.revokeByGrantId(grantId);
      await provider.AccessToken.revokeByGrantId(grantId);
      return [204];
    }
    const asked = await new Response(Readable.toWeb(request)).json();
    if (pathname === '/mandate') return mandate(grantId, asked);
    if (!bank.mandates.has(grantId)) return [401, { error: 'invalid_token', error_description: 'no mandate' }];
    if (request.headers['idempotency-key'] !== asked.debit_id) return [400, { error: 'invalid_request' }];
    const booked = bank.debits.get(asked.debit_id) ?? { amount: asked.amount, at: new Date().toISOString() };
    bank.debits.set(asked.debit_id, booked);
    return [201, { debit_id: asked.debit_id, result: { outcome: 'booked', booked_at: booked.at } }];
  }

  async function interaction(request, response) {
    const [, , uid, what] = request.url.split('/');
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'text/html' }).end(page(uid));
      return;
    }
    if (what !== 'agree') {
      const error = { error: 'access_denied', error_description: 'the holder said no' };
      await provider.interactionFinished(request, response, error);
      return;
    }
    const { params } = await provider.interactionDetails(request, response);
    const grant = new provider.Grant({ accountId: 'holder-1', clientId: params.client_id });
    grant.addOIDCScope(SCOPE);
    const consent = { grantId: await grant.save() };
    await provider.interactionFinished(request, response, { login: { accountId: 'holder-1' }, consent });
  }

  const protocol = provider.callback();
  const server = http.createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, issuer);
    bank.heard.push(`${request.method} ${pathname}`);
    if (pathname === '/authorize') bank.asked.push(Object.fromEntries(searchParams));
    const fail = (error) => {
      bank.heard.push(`failed: ${error.stack}`);
      response.writeHead(500).end();
    };
    if (pathname.startsWith('/interaction/')) {
      interaction(request, response).catch(fail);
    } else if (pathname === '/debits' || pathname === '/mandate') {
      resource(request, response).then(([status, body]) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(body && JSON.stringify(body));
      }, fail);
    } else {
      protocol(request, response);
    }
  });
  await new Promise((resolve) => { server.listen(port, '127.0.0.1', resolve); });

  return Object.assign(bank, {
    /** Takes the wallet on as a client, by the keys that it publishes. */
    async register(wallet) {
      bank.wallet = wallet.issuer;
      const { keys } = await (await fetch(`${wallet.issuer}/jwks/${code}`)).json();
      await adapter('Client').upsert('kanuki-wallet', {
        client_id: 'kanuki-wallet',
        redirect_uris: [`${wallet.pages}/callback/${code}`],
        jwks: { keys: keys.map(({ alg: _, ...rest }) => rest) },
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        scope: SCOPE,
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'ES256',
      });
    },
    close: () => new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    }),
  });
}
