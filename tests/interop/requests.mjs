// The requests of one client to one server, each of which can be bent in one place.

import { createHash, randomBytes } from 'node:crypto';

import * as jose from 'jose';

import { details } from './partner.mjs';

const FORM = 'application/x-www-form-urlencoded';
const VERIFIER = randomBytes(32).toString('base64url');
const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const name = () => randomBytes(16).toString('base64url');
const now = () => Math.floor(Date.now() / 1_000);
export const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');
/** A parameter with this value is left out. */
export const NONE = undefined;

async function sign(header, claims, key, bend) {
  bend?.(header, claims);
  const defined = Object.entries(claims).filter(([, value]) => value !== NONE);
  const token = new jose.SignJWT(Object.fromEntries(defined)).setProtectedHeader(header);
  return token.sign(key.privateKey);
}

/** Makes them. `dpop` is the key that tokens are bound to. */
export function maker(partner, dpop, issuer) {
  const { key, clientId, redirectUri } = partner;

  async function credentials({ bend, with: signer = key } = {}) {
    const at = now();
    const claims = {
      iss: clientId, sub: clientId, aud: issuer, jti: name(), iat: at, nbf: at - 1, exp: at + 240,
    };
    const header = { alg: signer.alg, kid: signer.kid, typ: 'client-authentication+jwt' };
    const assertion = await sign(header, claims, signer, bend);
    return { client_id: clientId, client_assertion_type: ASSERTION, client_assertion: assertion };
  }

  function proof(path, { bend, with: signer = dpop } = {}) {
    const { kty, crv, x, y } = signer.jwk;
    const header = { alg: signer.alg, typ: 'dpop+jwt', jwk: { kty, crv, x, y } };
    const claims = { jti: name(), iat: now(), htm: 'POST', htu: `${issuer}${path}` };
    return sign(header, claims, signer, bend);
  }

  /** `assertion` and `dpop` bend their tokens; false leaves them out. */
  async function post(path, fields, { assertion = {}, dpop: shown = {}, method = 'POST' } = {}) {
    const all = { ...(assertion && await credentials(assertion)), ...fields };
    const defined = Object.entries(all).filter(([, value]) => value !== NONE);
    const headers = { 'content-type': FORM, accept: 'application/json' };
    if (shown) headers.dpop = await proof(path, shown);
    return { method, path, headers, body: new URLSearchParams(defined).toString() };
  }

  const asked = async (fields = {}) => ({
    response_type: 'code',
    scope: 'mandate',
    redirect_uri: redirectUri,
    state: name(),
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    authorization_details: await details(partner, issuer),
    ...fields,
  });

  /** The same parameters as one signed token (RFC 9101). */
  async function requestObject(fields, { bend, with: signer = key } = {}) {
    const at = now();
    const { authorization_details: text, ...rest } = await asked(fields);
    const claims = {
      ...rest,
      authorization_details: JSON.parse(text),
      client_id: clientId,
      iss: clientId, aud: issuer, jti: name(), iat: at, nbf: at, exp: at + 300,
    };
    return sign({ alg: signer.alg, kid: signer.kid, typ: 'oauth-authz-req+jwt' }, claims, signer, bend);
  }

  return {
    clientId,
    dpop,
    par: async (fields, options) => post('/par', await asked(fields), options),
    parByThumbprint: async () => post('/par', await asked({ dpop_jkt: dpop.kid }), { dpop: false }),
    parSigned: async (fields, options, more = {}) =>
      post('/par', { request: await requestObject(fields, options), ...more }),
    exchange: (code, fields, options) => post('/token', {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: VERIFIER,
      ...fields,
    }, options),
    refresh: (token, options) =>
      post('/token', { grant_type: 'refresh_token', refresh_token: token }, options),
    introspect: (token) => post('/introspect', { token }, { dpop: false }),
    proof,
  };
}
