// The plug is pulled fifty times under load. Afterwards both companies' books balance, nothing that
// was acknowledged is lost, nothing is doubled, and nothing is left half way. `KANUKI_KILLS=1000` and
// `KANUKI_CALLERS=8` in front of the command for more of both.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

import { freePorts, launchBrowser, newPerson, startKanuki } from './lib.mjs';
import {
  HANAKO, ICHIRO, STAFF, bankUrl, comeToDesk, enrolAtBranch, linkAccount, openWallet, proveIdentity,
  writeRiskRecord,
} from './steps.mjs';

const KILLS = Number(process.env.KANUKI_KILLS ?? 50);
/** Per customer, at the same time. */
const CALLERS = Number(process.env.KANUKI_CALLERS ?? 2);
const run = promisify(execFile);
const bin = process.env.KANUKI_BIN;

/** One JSON call as a script would make it: loopback, the wallet's host name, a session's cookies. */
function call(customer, method, where, { body, key } = {}) {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    host: `wallet.localhost:${customer.port}`,
    cookie: customer.cookie,
    ...(text && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
    ...(customer.token && { 'x-csrf-token': customer.token }),
    ...(key && { 'idempotency-key': key }),
  };
  const options = { host: '127.0.0.1', port: customer.port, method, path: where, headers, agent: false };
  return new Promise((resolve, reject) => {
    const request = http.request(options, (answer) => {
      let read = '';
      answer.setEncoding('utf8').on('data', (part) => { read += part; });
      answer.on('error', reject);
      answer.on('end', () => {
        if (!answer.complete) reject(new Error('cut short'));
        else resolve({ status: answer.statusCode, headers: answer.headers, json: JSON.parse(read) });
      });
    });
    request.setTimeout(15_000, () => request.destroy(new Error('no answer')));
    request.on('error', reject);
    request.end(text);
  });
}

/** Opens, proves and links in a browser, then goes on as a script with the same session. */
async function customerOf(browser, kanuki, who) {
  const person = await newPerson(browser);
  const page = await person.newPage();
  await openWallet(page, kanuki, who);
  await proveIdentity(page, kanuki, who);
  await enrolAtBranch(page, kanuki, who);
  await linkAccount(page, kanuki, who);
  const cookies = await person.context.cookies(kanuki.walletUrl);
  await person.close();
  const customer = {
    port: kanuki.walletPort,
    cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; '),
    asked: new Map(),
  };
  const wallet = await call(customer, 'GET', '/api/v1/wallet');
  customer.token = wallet.headers['x-csrf-token'];
  const links = await call(customer, 'GET', '/api/v1/links');
  customer.link = links.json.links[0].link_id;
  return customer;
}

/** Two people write down what rules say of a button that a machine presses, and do not obey it. */
async function letMachinesPress(browser, base, codes) {
  const [first, second] = await Promise.all(codes.map(async (code) => {
    const person = await newPerson(browser);
    const page = await person.newPage();
    await comeToDesk(page, base, code);
    return page;
  }));
  await first.goto(`${base}/desk/risk/policy`);
  const text = await first.locator('[name=text]').inputValue();
  await first.locator('[name=text]').fill(text
    .replace(/then (decline|challenge) as (burst|burst-after-link)$/gm, '$& shadow')
    .replace(/version "[^"]+"/, 'version "load"'));
  await first.locator('button[value=check]').click();
  await first.locator('[name=reason]').fill('負荷試験');
  await writeRiskRecord(first);
  await first.locator('button[value=propose]').click();
  await first.waitForURL(/\/desk\/approvals/);
  await second.goto(`${base}/desk/approvals`);
  await Promise.all([
    second.waitForEvent('framenavigated', (frame) => frame === second.mainFrame()),
    second.locator('form[action*="/desk/approvals/"] button').first().click(),
  ]);
}

/** Tops up again and again, each under a key of its own, and notes what was acknowledged. */
async function load(customer, isOver) {
  while (!isOver()) {
    const key = randomBytes(12).toString('hex');
    const asked = { amount: `${randomInt(1, 4)}`, acknowledged: null };
    customer.asked.set(key, asked);
    try {
      const body = { link_id: customer.link, amount: asked.amount };
      const answer = await call(customer, 'POST', '/api/v1/topups', { body, key });
      assert.ok(answer.status < 500, `a server error: ${JSON.stringify(answer.json)}`);
      if (answer.json.state) asked.acknowledged = answer.json.state;
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      await pause(5); // The plug was pulled: this one's outcome is not known.
    }
  }
}

/** What was left behind counts up, as an operator asks. */
async function whole(what, dir) {
  const { stdout } = await run(bin ?? 'target/debug/kanuki', [what, 'verify', '--data', dir, '--json']);
  assert.equal(JSON.parse(stdout).ok, true, stdout);
}

/** Sums and counts over a company's records, read after it stopped. */
async function records(file) {
  const script = `
import json, sqlite3, sys
db = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
acts = {}
for (body,) in db.execute("select body from audit"):
    entry = json.loads(body)
    amount = int(entry["detail"].get("amount", 0))
    count, total = acts.get(entry["act"], (0, 0))
    acts[entry["act"]] = (count + 1, total + amount)
tables = [name for (name,) in db.execute("select name from sqlite_master where type = 'table'")]
def count(table, column):
    return db.execute(f"select count(*) from {table} where {column} = 'open'").fetchone()[0]
open_rows = count("topup", "state") if "topup" in tables else count("debit", "progress")
print(json.dumps({"acts": acts, "open": open_rows}))
`;
  const { stdout } = await run('python3', ['-c', script, file]);
  return JSON.parse(stdout);
}

let kanuki;
let browser;

// A test that fails half way leaves nothing that would keep it from ending.
after(async () => {
  await browser?.close();
  await kanuki?.crash();
});

test('fifty pulled plugs lose nothing and double nothing', { timeout: Math.max(900_000, KILLS * 10_000) }, async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'kanuki-kill-'));
  const dir = path.join(folder, 'data');
  const port = await freePorts();
  kanuki = await startKanuki({ bin, dir, port });
  browser = await launchBrowser();
  const customers = [
    await customerOf(browser, kanuki, HANAKO),
    await customerOf(browser, kanuki, ICHIRO),
  ];
  await letMachinesPress(browser, kanuki.walletUrl, STAFF.wallet);
  await letMachinesPress(browser, bankUrl(kanuki, HANAKO.bank), STAFF['bank-one']);
  await browser.close();

  for (let kill = 0; kill < KILLS; kill += 1) {
    let isOver = false;
    const loads = customers.flatMap((customer) => (
      Array.from({ length: CALLERS }, () => load(customer, () => isOver))));
    await pause(randomInt(30, 700));
    await kanuki.crash();
    isOver = true;
    await Promise.all(loads);
    if (kill % 50 === 49) await whole('ledger', dir);
    kanuki = await startKanuki({ bin, dir, port });
  }

  // Every question is asked once more under its key, until there is an answer for ever.
  const sums = [];
  for (const customer of customers) {
    let posted = 0;
    for (const [key, { amount, acknowledged }] of customer.asked) {
      let answer;
      for (let tries = 0; tries < 400; tries += 1) {
        const body = { link_id: customer.link, amount };
        ({ json: answer } = await call(customer, 'POST', '/api/v1/topups', { body, key }));
        if (answer.state !== 'pending') break;
        await pause(250);
      }
      const { state } = answer;
      assert.ok(['posted', 'refused'].includes(state), `${key} in the end: ${JSON.stringify(answer)}`);
      if (acknowledged && acknowledged !== 'pending') assert.equal(state, acknowledged, key);
      if (state === 'posted') posted += Number(amount);
    }
    const { json: wallet } = await call(customer, 'GET', '/api/v1/wallet');
    assert.equal(wallet.available, `${posted}`, 'the wallet holds what was posted');
    assert.equal(wallet.reserved, '0');
    assert.equal(wallet.incoming, '0');
    sums.push(posted);
  }
  await kanuki.stop();

  const total = sums[0] + sums[1];
  assert.ok(total > KILLS, `only ¥${total} moved: that was no load`);
  const atWallet = await records(path.join(dir, 'wallet/records.sqlite'));
  const atBank = await records(path.join(dir, 'bank-one/records.sqlite'));
  assert.equal(atWallet.acts['topup.posted'][1], total);
  assert.equal(atBank.acts['debit.booked'][1], total, 'the bank took what the wallet has');
  assert.deepEqual([atWallet.open, atBank.open], [0, 0], 'nothing is left half way');
  await whole('ledger', dir);
  await whole('audit', dir);
  // The two companies' statements about each other, by id, out of what fifty kills left behind.
  const told = [];
  for (const [company, partner, code] of [['wallet', '9901', ''], ['bank-one', 'kanuki-wallet', 'code = "9901"']]) {
    const settings = path.join(folder, `${company}.toml`);
    await writeFile(settings, `${code}\n[server]\ndata = "${path.join(dir, company)}"\nport = 1\n`
      + `name = "${company}"\nissuer = "https://api.example"\npages = "https://example"\n`);
    const report = ['ledger', 'report', '--config', settings, '--partner', partner, '--csv'];
    const { stdout } = await run(bin ?? 'target/debug/kanuki', report, { maxBuffer: 1 << 26 });
    told.push(path.join(folder, `${company}.csv`));
    await writeFile(told.at(-1), stdout);
  }
  const { stdout: compared } = await run(bin ?? 'target/debug/kanuki', ['ledger', 'reconcile', ...told, '--json']);
  const side = JSON.parse(compared);
  assert.deepEqual([side.ok, side.in_transit, side.differences], [true, 0, []], compared);
  assert.deepEqual(side.booked[0], { kind: 'debit', ours: `${total}`, theirs: `${total}` });

  const tamper = 'import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); '
    + "db.execute(\"update audit set body = replace(body, 'topup', 'potup') where seq = 30\"); db.commit()";
  await run('python3', ['-c', tamper, path.join(dir, 'wallet/records.sqlite')]);
  await assert.rejects(run(bin ?? 'target/debug/kanuki', ['audit', 'verify', '--data', dir]), { code: 1 });
  const count = customers.reduce((sum, customer) => sum + customer.asked.size, 0);
  console.log(`# ${KILLS} kills, ${count} top-ups asked for, ¥${total} moved`);
  await rm(folder, { recursive: true, force: true });
});
