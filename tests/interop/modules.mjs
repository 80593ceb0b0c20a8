// The modules of the two FAPI 2.0 plans as bytes that can be sent to any server: each answers with
// what it saw, a status and an error, or what the browser brought back.

import { TYPE, newKey } from './partner.mjs';
import { NONE } from './requests.mjs';

const shift = (seconds, ...names) => ({
  bend: (_, claims) => { for (const each of names) claims[each] = (claims[each] ?? Math.floor(Date.now() / 1_000)) + seconds; },
});
const claim = (values) => ({ bend: (_, claims) => Object.assign(claims, values) });
const rsa = await newKey('RS256');
const stranger = await newKey();

/** A server that did not let it come to what a module is about; that is its answer. */
export class Stopped extends Error {}

/** What a server said to a back-channel request. */
function said(answer) {
  let error = '';
  try {
    error = JSON.parse(answer.text).error ?? '';
  } catch {
    // No JSON: the status says it.
  }
  return `${answer.status} ${error}`.trim();
}

/** What the browser brought back, or the page it was stopped at. */
function brought({ away, status }) {
  if (!away) return `stopped at ${status}`;
  return away.searchParams.get('error') ?? 'code';
}

const par = (fields, options) => async (on) => said(await on.send(await on.make.par(fields, options)));
const signed = (fields, options, more) => async (on) =>
  said(await on.send(await on.signing.parSigned(fields, options, more)));
const assertion = (bent) => par({}, { assertion: bent });

/** To a `request_uri`, which must be given. */
async function uri(on, fields, options) {
  const answer = await on.send(await on.make.par(fields, options));
  if (answer.status !== 201) throw new Stopped(said(answer));
  return JSON.parse(answer.text).request_uri;
}

const authorize = (on, fields, more) => async (options) =>
  on.authorize({ request_uri: await uri(on, fields, options), ...more });

/** To a code, and then what a token request for it is answered with. */
const token = (fields, { pushed, options, by = (on) => on.make } = {}) => async (on) => {
  const { away, status } = await authorize(on, pushed?.fields)(pushed?.options);
  if (!away) throw new Stopped(`stopped at ${status}`);
  const request = await by(on).exchange(away.searchParams.get('code'), fields, options);
  return said(await on.send(request));
};

const comesBack = (fields, more) => async (on) => brought(await authorize(on, fields, more)());

const otherKey = { options: { dpop: { with: stranger } } };
const byThumbprint = (on) => ({ fields: { dpop_jkt: on.make.dpop.kid }, options: { dpop: false } });

async function state(on, fields, outside) {
  const { away } = await authorize(on, fields, outside)();
  return `code, state ${away.searchParams.get('state') ?? 'none'}`;
}

async function tokens(on) {
  const { away } = await authorize(on)();
  const answer = await on.send(await on.make.exchange(away.searchParams.get('code')));
  return JSON.parse(answer.text);
}

export const SECURITY_PROFILE = {
  DiscoveryEndpointVerification: async (on) => {
    const answer = await on.send({ path: '/.well-known/oauth-authorization-server' });
    const metadata = JSON.parse(answer.text);
    const isGood = metadata.require_pushed_authorization_requests === true
      && metadata.authorization_response_iss_parameter_supported === true
      && metadata.authorization_details_types_supported.includes(TYPE)
      && metadata.code_challenge_methods_supported.join() === 'S256'
      && metadata.token_endpoint_auth_methods_supported.join() === 'private_key_jwt';
    return `${answer.status} ${isGood ? 'as FAPI 2.0 wants it' : 'lacking'}`;
  },
  HappyFlow: token(),
  UserRejectsAuthentication: async (on) =>
    brought(await on.authorize({ request_uri: await uri(on) }, { refuse: true })),
  EnsureAuthorizationRequestWithoutStateSuccess: comesBack({ state: NONE }),
  EnsureAuthorizationRequestWithoutNonceSuccess: comesBack({ nonce: NONE }),
  EnsureAuthorizationRequestWith64CharNonceSuccess: comesBack({ nonce: 'n'.repeat(64) }),
  EnsureOtherScopeOrderSucceeds: comesBack({ scope: NONE }),
  TestClaimsParameterIdentityClaims: comesBack({ claims: '{"userinfo":{"name":null}}' }),
  CheckDpopProofNbfExp: par({}, { dpop: shift(60, 'exp') }),
  EnsureDpopProofWithIat10SecondsBeforeSucceeds: par({}, { dpop: shift(-10, 'iat') }),
  EnsureDpopProofWithIat10SecondsAfterSucceeds: par({}, { dpop: shift(10, 'iat') }),
  EnsureMismatchedDpopJktFails: par({ dpop_jkt: stranger.kid }),
  EnsureTokenEndpointFailsWithMismatchedDpopProofJkt: token({}, otherKey),
  EnsureTokenEndpointFailsWithMismatchedDpopJkt: (on) =>
    token({}, { ...otherKey, pushed: byThumbprint(on) })(on),
  EnsureDpopProofAtParEndpointBindingSuccess: token(),
  EnsureDpopAuthCodeBindingSuccess: (on) => token({}, { pushed: byThumbprint(on) })(on),
  EnsureDifferentNonceInsideAndOutsideRequestObject: comesBack({ nonce: 'inside' }, { nonce: 'outside' }),
  EnsureDifferentStateInsideAndOutsideRequestObject: (on) =>
    state(on, { state: 'inside' }, { state: 'outside' }),
  EnsureAuthorizationRequestWithLongNonce: comesBack({ nonce: 'n'.repeat(384) }),
  EnsureAuthorizationRequestWithLongState: comesBack({ state: 's'.repeat(384) }),
  StateOnlyOutsideRequestObjectNotUsed: (on) => state(on, { state: NONE }, { state: 'outside' }),
  EnsureRequestObjectWithoutRedirectUriFails: signed({ redirect_uri: NONE }),
  EnsureRegisteredRedirectUri: par({ redirect_uri: 'http://wallet.localhost:9/callback/more' }),
  TolerateUnregisteredRedirectUri: par({ redirect_uri: 'https://unregistered.example/callback' }),
  EnsureUnsignedAuthorizationRequestWithoutUsingParFails: async (on) => {
    const body = new URLSearchParams((await on.make.par({}, { assertion: false })).body);
    return brought(await on.authorize(Object.fromEntries(body)));
  },
  EnsureRedirectUriInAuthorizationRequest: par({ redirect_uri: NONE }),
  EnsureResponseTypeCodeIdTokenFails: par({ response_type: 'code id_token' }),
  EnsureResponseTypeTokenFails: par({ response_type: 'token' }),
  EnsureClientIdInTokenEndpoint: token({ client_id: 'other' }),
  EnsureHolderOfKeyRequired: token({}, { options: { dpop: false } }),
  EnsureAuthorizationCodeIsBoundToClient: token({}, { by: (on) => on.other }),
  AttemptReuseAuthorizationCodeAfterOneSecond: async (on) => {
    const { away } = await authorize(on)();
    const code = away.searchParams.get('code');
    await on.send(await on.make.exchange(code));
    return said(await on.send(await on.make.exchange(code)));
  },
  EnsureSignedClientAssertionWithRS256Fails: assertion({ with: rsa }),
  EnsureClientAssertionInTokenEndpoint: token({}, { options: { assertion: false } }),
  EnsureClientAssertionWithExpIs5MinutesInPastFails: assertion(shift(-600, 'iat', 'nbf', 'exp')),
  EnsureClientAssertionWithWrongAudFails: assertion(claim({ aud: 'https://other.example' })),
  EnsureClientAssertionWithNoSubFails: assertion(claim({ sub: NONE })),
  DpopNegativeTests: par({}, { dpop: claim({ htm: 'GET' }) }),
  RefreshToken: async (on) => {
    const first = await tokens(on);
    const answer = await on.send(await on.make.refresh(first.refresh_token));
    const { refresh_token: next = first.refresh_token } = JSON.parse(answer.text);
    return `${answer.status} ${next === first.refresh_token ? 'not rotated' : 'rotated'}`;
  },
  EnsureServerHandlesNonMatchingIntentId: async (on) => {
    const { refresh_token: refresh } = await tokens(on);
    return said(await on.send(await on.other.refresh(refresh)));
  },
  TestEssentialAcrScaClaim: comesBack({
    claims: '{"id_token":{"acr":{"essential":true,"values":["urn:x"]}}}',
  }),
  PAREnsureServerAcceptsReusedRequestUriBeforeAuthenticationCompletion: async (on) => {
    const query = { request_uri: await uri(on) };
    return brought(await on.authorize(query, { reload: true }));
  },
  PARAttemptReuseRequestUri: async (on) => {
    const query = { request_uri: await uri(on) };
    await on.authorize(query);
    return brought(await on.authorize(query));
  },
  PAREnsureJWTClientAssertionWithIatNbf8SecondsInTheFutureIsAccepted: assertion(shift(8, 'iat', 'nbf')),
  PAREnsureJWTClientAssertionWithIatNbfOver60SecondsInTheFutureFails:
    assertion(shift(90, 'iat', 'nbf', 'exp')),
  PAREnsureRequestUriIsBoundToClient: async (on) =>
    brought(await on.authorize({ request_uri: await uri(on), client_id: on.other.clientId })),
  PARRejectRequestUriInParAuthorizationFormParams: par({ request_uri: 'urn:ietf:params:oauth:request_uri:x' }),
  PARRejectInvalidHttpVerb: async (on) =>
    said(await on.send({ ...(await on.make.par()), method: 'PUT' })),
  PAREnsurePKCERequired: par({ code_challenge: NONE, code_challenge_method: NONE }),
  PAREnsurePKCECodeVerifierRequired: token({ code_verifier: NONE }),
  PARIncorrectPKCECodeVerifierRejected: token({ code_verifier: 'v'.repeat(43) }),
  PAREnsurePlainPKCERejected: par({ code_challenge_method: 'plain' }),
  ParWithoutDuplicateParameters: comesBack(),
  PAREndpointAsArrayAudienceFails: (on) => assertion(claim({ aud: [`${on.issuer}/par`] }))(on),
  PAREndpointAsAudienceFails: (on) => assertion(claim({ aud: `${on.issuer}/par` }))(on),
  PARTokenEndpointAsAudienceFails: (on) => assertion(claim({ aud: `${on.issuer}/token` }))(on),
};

const corrupt = (token) => {
  const [header, claims] = token.split('.');
  return `${header}.${claims}.${Buffer.alloc(64, 1).toString('base64url')}`;
};
const unsecured = (token) => {
  const header = Buffer.from('{"alg":"none","typ":"oauth-authz-req+jwt"}').toString('base64url');
  return `${header}.${token.split('.')[1]}.`;
};
/** A signed request whose token is changed after it was signed. */
const tampered = (change) => async (on) => {
  const request = await on.signing.parSigned();
  const body = new URLSearchParams(request.body);
  body.set('request', change(body.get('request')));
  return said(await on.send({ ...request, body: body.toString() }));
};

export const MESSAGE_SIGNING = {
  EnsureServerAcceptsRequestObjectWithMultipleAud: (on) =>
    signed({}, claim({ aud: [on.issuer, 'https://other.example'] }))(on),
  EnsureRequestObjectWithNbf8SecondsInTheFutureIsAccepted: signed({}, shift(8, 'nbf')),
  EnsureRequestObjectWithoutExpFails: signed({}, claim({ exp: NONE })),
  EnsureRequestObjectWithoutNbfFails: signed({}, claim({ nbf: NONE })),
  EnsureExpiredRequestObjectFails: signed({}, shift(-600, 'iat', 'nbf', 'exp')),
  EnsureRequestObjectWithBadAudFails: signed({}, claim({ aud: 'https://other.example' })),
  EnsureRequestObjectWithExpOver60Fails: signed({}, shift(4_000, 'exp')),
  EnsureRequestObjectWithNbfOver60Fails: signed({}, shift(-4_000, 'nbf')),
  EnsureSignedRequestObjectWithRS256Fails: signed({}, { with: rsa }),
  EnsureRequestObjectSignatureAlgorithmIsNotNone: tampered(unsecured),
  EnsureRequestObjectWithInvalidSignatureFails: tampered(corrupt),
  EnsureMatchingKeyInAuthorizationRequest: signed({}, { with: stranger }),
  EnsureUnsignedRequestAtParEndpointFails: async (on) => said(await on.send(await on.signing.par())),
  PARRejectRequestUriInParAuthorizationRequest:
    signed({ request_uri: 'urn:ietf:params:oauth:request_uri:x' }),
};
