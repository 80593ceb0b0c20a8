// oidc-provider, certified for both FAPI 2.0 profiles, set up as a bank would: pushed requests only,
// clients that prove themselves by assertion, tokens bound to keys, our kind of authorization details.

import { Provider, errors } from 'oidc-provider';

import { TYPE, newId } from './partner.mjs';

const FIELDS = ['type', 'actions', 'wallet', 'terms', 'holder_binding'];

/** Keeps everything in one map of its own. */
export function newAdapter() {
  const kept = new Map();
  const byGrant = new Map();
  const adapter = (model) => ({
    async upsert(id, payload) {
      kept.set(`${model}:${id}`, payload);
      if (payload.grantId) {
        const of = byGrant.get(payload.grantId) ?? new Set();
        byGrant.set(payload.grantId, of.add(`${model}:${id}`));
      }
    },
    find: async (id) => kept.get(`${model}:${id}`),
    findByUid: async (uid) => [...kept.values()].find((each) => each.uid === uid),
    findByUserCode: async () => undefined,
    async consume(id) {
      kept.get(`${model}:${id}`).consumed = Math.floor(Date.now() / 1_000);
    },
    async destroy(id) {
      kept.delete(`${model}:${id}`);
    },
    async revokeByGrantId(grantId) {
      for (const key of byGrant.get(grantId) ?? []) kept.delete(key);
      byGrant.delete(grantId);
    },
  });
  return { adapter, kept };
}

/** What a client of ours is registered as. */
export function clientMetadata({ clientId, redirectUri, jwks, alg = 'ES256', signs = false }) {
  return {
    client_id: clientId,
    redirect_uris: [redirectUri],
    jwks: { keys: jwks },
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: alg,
    require_pushed_authorization_requests: true,
    dpop_bound_access_tokens: true,
    authorization_details_types: [TYPE],
    introspection_signed_response_alg: 'ES256',
    authorization_signed_response_alg: 'ES256',
    ...(signs && {
      request_object_signing_alg: alg,
      require_signed_request_object: true,
    }),
  };
}

/** Refuses a detail that has not our kind's fields, all of them and no others. */
export function validate(_ctx, detail) {
  const unknown = Object.keys(detail).filter((name) => !FIELDS.includes(name));
  if (unknown.length > 0 || FIELDS.some((name) => detail[name] === undefined)) {
    throw new errors.InvalidAuthorizationDetails('unknown or missing fields');
  }
}

/** What is granted of a request: nobody's facts, somebody's account. */
export function granted(detail, account) {
  const { holder_binding: _, ...rest } = detail;
  return {
    ...rest,
    mandate_id: newId('man'),
    grant_id: newId('grt'),
    account: { handle: account, mask: '***7654' },
    standing: { state: 'active' },
  };
}

/**
 * The server. `nonce()` says whether proofs must carry its nonce, `secs()` how long a token lives,
 * `check` refuses details by throwing.
 */
export function newProvider(issuer, options) {
  const { adapter, keys, clients = [], nonce = () => false, secs = () => 600, jwt = true } = options;
  const { check = validate } = options;
  const details = async (_ctx, source) => source.rar;
  const provider = new Provider(issuer, {
    adapter,
    clients,
    jwks: { keys },
    claims: {},
    clientAuthMethods: ['private_key_jwt'],
    enabledJWA: {
      clientAuthSigningAlgValues: ['ES256', 'PS256', 'Ed25519', 'EdDSA'],
      requestObjectSigningAlgValues: ['ES256', 'PS256', 'Ed25519', 'EdDSA'],
      authorizationSigningAlgValues: ['ES256'],
      introspectionSigningAlgValues: ['ES256'],
      idTokenSigningAlgValues: ['ES256'],
      dPoPSigningAlgValues: ['ES256', 'PS256', 'Ed25519', 'EdDSA'],
    },
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    responseTypes: ['code'],
    pkce: { required: () => true },
    rotateRefreshToken: false,
    issueRefreshToken: async () => true,
    expiresWithSession: async () => false,
    cookies: { keys: ['interop'] },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: async (_ctx, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
    ttl: { Interaction: 600, Session: 600, AccessToken: () => secs(), AuthorizationCode: 60, Grant: 86_400, RefreshToken: 86_400 },
    routes: {
      pushed_authorization_request: '/par',
      authorization: '/authorize',
      token: '/token',
      introspection: '/introspect',
      revocation: '/revoke',
      jwks: '/jwks',
    },
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      fapi: { enabled: true, profile: '2.0' },
      pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
      dPoP: { enabled: true, nonceSecret: Buffer.alloc(32, 7), requireNonce: nonce },
      requestObjects: { enabled: true },
      jwtResponseModes: { enabled: true },
      introspection: { enabled: true },
      jwtIntrospection: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: async () => issuer,
        useGrantedResource: async () => true,
        getResourceServerInfo: async () => ({
          scope: 'mandate',
          audience: issuer,
          accessTokenFormat: jwt ? 'jwt' : 'opaque',
          ...(jwt && { jwt: { sign: { alg: 'ES256' } } }),
        }),
      },
      richAuthorizationRequests: {
        enabled: true,
        types: { [TYPE]: { validate: check } },
        async authorizationDetailsForGrantSource(ctx) {
          return ctx.oidc.entities.Grant.rar;
        },
        authorizationDetailsForAccessToken: async (_ctx, _token, source) => source.rar,
        authorizationDetailsForIntrospection: details,
      },
    },
  });
  return provider;
}

/** Finishes an interaction in the way in which a holder who agreed would. */
export async function agree(provider, request, response, account = newId('acc')) {
  const accountId = 'holder-1';
  const { params } = await provider.interactionDetails(request, response);
  const grant = new provider.Grant({ accountId, clientId: params.client_id });
  grant.addResourceScope(provider.issuer, 'mandate');
  for (const detail of JSON.parse(params.authorization_details)) {
    grant.addRar(granted(detail, account));
  }
  const consent = { grantId: await grant.save() };
  const result = { login: { accountId }, consent };
  await provider.interactionFinished(request, response, result);
  return grant;
}
