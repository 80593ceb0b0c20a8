// A wallet operator as a bank sees one: keys, a callback, and what it says about its customers.

import { randomBytes } from 'node:crypto';

import * as jose from 'jose';

import { HOLDER } from './core.mjs';

export const TYPE = 'urn:kanuki:mandate:1';
const DAY_MS = 86_400_000;
const BASE32 = '0123456789abcdefghjkmnpqrstvwxyz';

/** An id with this prefix: 128 random bits in the alphabet of our ids. */
export function newId(prefix) {
  let bits = BigInt(`0x${randomBytes(16).toString('hex')}`);
  let text = '';
  for (let place = 0; place < 26; place += 1) {
    text = BASE32[Number(bits & 31n)] + text;
    bits >>= 5n;
  }
  return `${prefix}_${text}`;
}

/** A pair of keys for `alg`, its public half as a JWK. */
export async function newKey(alg = 'ES256') {
  const pair = await jose.generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await jose.exportJWK(pair.publicKey)), alg, use: 'sig' };
  jwk.kid = await jose.calculateJwkThumbprint(jwk);
  return { ...pair, kid: jwk.kid, jwk, alg };
}

/** A partner with a client key of its own. */
export async function newPartner(clientId, redirectUri, alg) {
  return { clientId, redirectUri, key: await newKey(alg), events: await newKey('RS256') };
}

/** What the partner knows about its customer, signed for `issuer` alone. */
export async function holderFacts(partner, issuer, { key = partner.key } = {}) {
  const { name, kana, born_on, address, phone } = HOLDER;
  const facts = { name, declared_kana: kana, born_on, address, phone };
  return new jose.SignJWT({ facts, consented_at: new Date().toISOString() })
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'kanuki-facts+jwt' })
    .setIssuer(partner.clientId)
    .setAudience(issuer)
    .setIssuedAt()
    .setExpirationTime('5m')
    .setJti(randomBytes(16).toString('hex'))
    .sign(key.privateKey);
}

/** The terms of a mandate: what a link may move. */
export function terms({ single = '50000', day = '50000', month = '300000' } = {}) {
  const now = Date.now();
  return {
    max_individual: single,
    periodic: [
      { period: 'day', alignment: 'rolling', amount: day },
      { period: 'month', alignment: 'calendar', tz: 'Asia/Tokyo', amount: month, max_debits: 50 },
    ],
    interaction: ['in_session'],
    valid_from: new Date(now).toISOString(),
    valid_to: new Date(now + 300 * DAY_MS).toISOString(),
  };
}

/** `authorization_details` as a partner asks for them. */
export async function details(partner, issuer, { caps, ...more } = {}) {
  return JSON.stringify([{
    type: TYPE,
    actions: ['debit', 'credit'],
    wallet: { account_ref: 'customer-1' },
    terms: terms(caps),
    holder_binding: { method: 'jpki', assertion: await holderFacts(partner, issuer) },
    ...more,
  }]);
}
