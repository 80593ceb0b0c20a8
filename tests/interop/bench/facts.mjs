// Who vouches for a wallet's customer: the facts that come inside a pushed request are a token that
// the client signs, and a bank that compares them checks it, whoever wrote the bank's server.

import * as jose from 'jose';

/** A function that answers with a token's claims, or nothing if it is not good. */
export function whoVouches(audience, clients) {
  const sets = new Map(clients.map((each) => [each.client_id, jose.createLocalJWKSet(each.jwks)]));
  return async (detail, issuer) => {
    const expected = { audience, issuer, typ: 'kanuki-facts+jwt', algorithms: ['ES256'], requiredClaims: ['jti', 'exp'] };
    try {
      const { payload } = await jose.jwtVerify(detail.holder_binding.assertion, sets.get(issuer), expected);
      return payload;
    } catch {
      return undefined;
    }
  };
}
