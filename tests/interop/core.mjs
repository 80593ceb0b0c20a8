// A core banking system for one bank's gateway (docs/core-banking.md), and the gateway through which
// its letters leave. It keeps everything in memory, and every order once.

import http from 'node:http';

/** Whose account it is, as this bank's core has it, and as their wallet knows them. */
export const HOLDER = {
  customer_no: '100001',
  name: '山田 花子',
  kana: 'ヤマダ ハナコ',
  born_on: '1988-04-12',
  address: '北見崎県桜台市花園町2丁目5番10号',
  phone: '09000001001',
  email: 'hanako@example.jp',
  phone_since: '2019-04-01T00:00:00Z',
  email_since: '2019-04-01T00:00:00Z',
  address_since: '2019-04-01T00:00:00Z',
  account: { branch: '101', number: '9100011' },
};

async function read(request) {
  let text = '';
  for await (const part of request.setEncoding('utf8')) text += part;
  return text ? JSON.parse(text) : {};
}

/** Starts it on a free port. `secrets` are what the bank says to the core and to the gateway. */
export async function startCore(secrets, { balance = 500_000 } = {}) {
  const orders = new Map();
  const letters = [];
  const state = { balance };
  const { account, ...person } = HOLDER;
  const customer = () => ({
    ...person,
    accounts: [{ ...account, available: `${state.balance}`, overdraft_room: '0' }],
  });

  function order(what, { id, amount }) {
    const known = orders.get(id);
    if (what === 'reserve') {
      if (known) return { state: known.state };
      if (Number(amount) > state.balance) return { state: 'refused', reason: 'not_enough_money' };
      state.balance -= Number(amount);
      orders.set(id, { state: 'reserved', amount: Number(amount) });
      return { state: 'reserved' };
    }
    if (what === 'credit') {
      if (!known) {
        state.balance += Number(amount);
        orders.set(id, { state: 'booked', amount: Number(amount) });
      }
      return { state: 'booked' };
    }
    if (!known) return { state: 'unknown_id' };
    if (what === 'confirm' && known.state === 'reserved') known.state = 'confirmed';
    if (what === 'cancel' && known.state === 'reserved') {
      known.state = 'cancelled';
      state.balance += known.amount;
    }
    return { state: known.state };
  }

  async function answer(request) {
    const parts = request.url.split('/').slice(1);
    const secret = parts[0] === 'core' ? secrets.core : secrets.courier;
    if (request.headers.authorization !== `Bearer ${secret}`) return [401, {}];
    const body = await read(request);
    if (parts[0] === 'letters') {
      if (state.refusesSms && body.channel === 'sms') return [422, {}];
      letters.push(body);
      return [200, {}];
    }
    if (parts[1] === 'accounts') {
      const isOurs = parts[2] === account.branch && parts[3] === account.number;
      return isOurs ? [200, { customer_no: person.customer_no }] : [404, {}];
    }
    if (parts[1] === 'customers') {
      return parts[2] === person.customer_no ? [200, customer()] : [404, {}];
    }
    return [200, order(parts[1], body)];
  }

  const server = http.createServer((request, response) => {
    answer(request).then(([status, body]) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    }, (error) => {
      response.writeHead(500).end(error.message);
    });
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    lettersUrl: `http://localhost:${server.address().port}/letters`,
    state,
    orders,
    letters,
    close: () => new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    }),
  };
}
