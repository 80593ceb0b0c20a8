// A receiver of shared signals as anybody would write one from SSF 1.0, RFC 8936 and RFC 8417, with
// `jose` for tokens and nothing of ours: it knows an issuer, its own name there, and its key.

import { randomBytes } from 'node:crypto';

import * as jose from 'jose';

export const PUSH = 'urn:ietf:rfc:8935';
export const POLL = 'urn:ietf:rfc:8936';
export const VERIFICATION = 'https://schemas.openid.net/secevent/ssf/event-type/verification';

export class Receiver {
  /** `key` is `{ privateKey, kid, alg }`; `audience` is what this receiver is called in events. */
  constructor({ issuer, clientId, key, audience }) {
    Object.assign(this, { issuer, clientId, key, audience });
  }

  /** Finds the transmitter (SSF 1.0 section 7.2). */
  async discover() {
    const answer = await fetch(`${this.issuer}/.well-known/ssf-configuration`);
    this.transmitter = await answer.json();
    if (this.transmitter.issuer !== this.issuer) throw new Error('another issuer');
    this.keys = jose.createRemoteJWKSet(new URL(this.transmitter.jwks_uri));
    return this.transmitter;
  }

  /** A fresh assertion for one request (RFC 7523). */
  assertion() {
    return new jose.SignJWT({})
      .setProtectedHeader({ alg: this.key.alg, kid: this.key.kid, typ: 'client-authentication+jwt' })
      .setIssuer(this.clientId)
      .setSubject(this.clientId)
      .setAudience(this.issuer)
      .setIssuedAt()
      .setExpirationTime('1m')
      .setJti(randomBytes(16).toString('hex'))
      .sign(this.key.privateKey);
  }

  async call(method, url, body) {
    const headers = { authorization: `Bearer ${await this.assertion()}`, accept: 'application/json' };
    if (body) headers['content-type'] = 'application/json';
    const answer = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    return { status: answer.status, body: text ? JSON.parse(text) : undefined };
  }

  stream(method, body) {
    return this.call(method, this.transmitter.configuration_endpoint, body);
  }

  /** Proves one token: type, algorithm, key, issuer, audience; no `sub` and no `exp`. */
  async prove(token) {
    const { payload, protectedHeader } = await jose.jwtVerify(token, this.keys, {
      typ: 'secevent+jwt',
      algorithms: ['RS256'],
      issuer: this.issuer,
      audience: this.audience,
    });
    if ('sub' in payload || 'exp' in payload) throw new Error('it would pass for another token');
    if (protectedHeader.alg !== 'RS256') throw new Error('another algorithm');
    const events = Object.entries(payload.events);
    if (events.length !== 1) throw new Error('one event is told at a time');
    return { ...payload, uri: events[0][0], event: events[0][1] };
  }

  /** Fetches what waits, and says what became of what was fetched before (RFC 8936). */
  async poll(endpoint, asked = {}) {
    const { status, body } = await this.call('POST', endpoint, { returnImmediately: true, ...asked });
    if (status !== 200) throw new Error(`polling: ${status}`);
    const proven = await Promise.all(Object.entries(body.sets).map(async ([jti, token]) => {
      const told = await this.prove(token);
      if (told.jti !== jti) throw new Error('another name');
      return told;
    }));
    return { told: proven, more: body.moreAvailable };
  }
}
