// How mail leaves a company: by SMTP to a server that other people wrote. It takes, refuses for good,
// refuses for now, is silent, shows a wrong certificate; and a bank's notice arrives, or goes another way.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import http from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { startBank } from './bank.mjs';
import { enrolSoftly } from './branch.mjs';
import { newFolder, toml } from './company.mjs';
import { HOLDER } from './core.mjs';
import { certificates, read, startPostOffice, startSilence } from './postoffice.mjs';
import { SoftBrowser } from './soft.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const bin = process.env.KANUKI_BIN ?? path.join(root, 'target/debug/kanuki');
const login = { user: 'kanuki', password: 'a-password-of-the-relay' };
const opened = [];
let folder;
let tls;

before(async () => {
  folder = await newFolder('mail');
  tls = await certificates(folder);
  await folder.secret('password', login.password);
  await folder.secret('wrong', 'another-password-than-that');
});

after(async () => {
  for (const each of opened) await each.close();
  await folder?.remove();
});

async function open(office) {
  opened.push(office);
  return office;
}

const signedIn = (file = 'password') => ({ user: login.user, password_file: folder.file(file) });
const ours = () => ({ authority_file: folder.file('ca.pem') });

/** `kanuki mail` with these settings: what it says. */
async function kanukiMail(mail, to = 'hanako@example.jp') {
  const settings = [
    ['server', { name: 'はなみずき銀行' }],
    ['mail', { host: 'localhost', from: 'notices@bank.example', ...mail }],
  ];
  await folder.write('mail.toml', toml(settings));
  const args = ['mail', '--config', folder.file('mail.toml'), '--to', to];
  return new Promise((resolve) => {
    execFile(bin, args, (error, out, err) => resolve({ code: error?.code ?? 0, said: out.trim() || err }));
  });
}

test('a mail that is taken says from whom it is, in which language, and that nobody need answer', async () => {
  const office = await open(await startPostOffice({ tls: { ...tls, secure: true }, login }));

  const ended = await kanukiMail({ port: office.port, ...ours(), ...signedIn() });

  assert.deepEqual(ended, { code: 0, said: 'taken' });
  const [mail] = office.mails;
  assert.deepEqual([mail.from, mail.to, mail.isSecure], ['notices@bank.example', ['hanako@example.jp'], true]);
  const { headers, body } = read(mail);
  assert.equal(headers.from, 'はなみずき銀行 <notices@bank.example>');
  assert.equal(headers.subject, 'はなみずき銀行：送信テスト');
  assert.match(headers['message-id'], /^<try-\d+@bank\.example>$/);
  assert.equal(headers['auto-submitted'], 'auto-generated');
  assert.equal(headers['content-language'], 'ja');
  assert.match(body, /お手続きは要りません/);
});

test('what is said of the mailbox is for good, what is said of us or of now is not', async () => {
  const office = await open(await startPostOffice({ tls: { ...tls, secure: true } }));
  const mail = { port: office.port, ...ours() };
  for (const [says, said] of [
    [{ rcpt: [550, '5.1.1 no such user'] }, 'refused 550'],
    [{ rcpt: [552, '5.2.2 mailbox full'] }, 'not now 552'],
    [{ rcpt: [451, '4.7.1 come back later'] }, 'not now 451'],
    [{ rcpt: [550, '5.7.1 relaying denied'] }, 'not now 550'],
    [{ data: [554, '5.7.1 looks like spam'] }, 'not now 554'],
    [{ rcpt: [421, '4.3.2 going away'] }, 'unreachable 421'],
  ]) {
    Object.assign(office.says, { rcpt: undefined, data: undefined }, says);
    assert.deepEqual(await kanukiMail(mail), { code: 1, said }, JSON.stringify(says));
  }
  assert.deepEqual(await kanukiMail(mail, 'no address'), { code: 1, said: 'refused' });
  assert.equal(office.mails.length, 0);
});

test('a wrong password is no word about anybody\'s mailbox', async () => {
  const office = await open(await startPostOffice({ tls: { ...tls, secure: true }, login }));

  const ended = await kanukiMail({ port: office.port, ...ours(), ...signedIn('wrong') });

  assert.deepEqual(ended, { code: 1, said: 'unreachable 535' });
});

test('a server that is silent is given up after the time that the settings say', async () => {
  const office = await open(await startSilence());
  for (const encryption of ['tls', 'none']) {
    const mail = { port: office.port, encryption, timeout_secs: 1, ...(encryption === 'tls' && ours()) };
    assert.deepEqual(await kanukiMail(mail), { code: 1, said: 'unreachable' }, encryption);
  }
});

test('a certificate of a stranger, or for another name, hears neither password nor mail', async () => {
  const office = await open(await startPostOffice({ tls: { ...tls, secure: true }, login }));
  const known = { port: office.port, ...signedIn() };

  assert.deepEqual(await kanukiMail(known), { code: 1, said: 'unreachable' }, 'an authority that nobody knows');
  const elsewhere = await kanukiMail({ ...known, ...ours(), host: '127.0.0.1' });
  assert.deepEqual(elsewhere, { code: 1, said: 'unreachable' }, 'a certificate for another name');

  assert.deepEqual([office.logins, office.mails], [[], []]);
});

test('where STARTTLS was taken out of the line, nothing is said', async () => {
  const plain = await open(await startPostOffice({ login, allowInsecureAuth: true, hideSTARTTLS: true }));
  const upgrading = await open(await startPostOffice({ tls, login }));
  const mail = { encryption: 'starttls', ...ours(), ...signedIn() };

  const stripped = await kanukiMail({ ...mail, port: plain.port });
  assert.deepEqual(stripped, { code: 1, said: 'unreachable' });
  assert.deepEqual([plain.logins, plain.mails], [[], []]);

  assert.equal((await kanukiMail({ ...mail, port: upgrading.port })).said, 'taken');
  assert.equal(upgrading.mails[0].isSecure, true);
});

async function until(what, holds) {
  for (let tries = 0; tries < 300; tries += 1) {
    if (holds()) return;
    await pause(50);
  }
  assert.fail(`not within 15 s: ${what}`);
}

test('a bank\'s notice comes by mail, and where mail and telephone refuse it, by letter', async () => {
  const office = await open(await startPostOffice({ tls: { ...tls, secure: true } }));
  const mail = { host: 'localhost', port: office.port, from: 'notices@bank.example', ...ours() };
  const bank = await startBank([], [['mail', mail]]);
  try {
    office.says.rcpt = [451, '4.7.1 come back later'];
    const enrol = () => enrolSoftly(new SoftBrowser(new http.Agent({ keepAlive: true }), bank.pages), bank);
    await enrol();
    await until('SMS, which no mail server holds up', () => bank.core.letters.length >= 2);
    office.says.rcpt = undefined;
    await until('both mails, once they are taken', () => office.mails.length === 2);
    for (const each of office.mails) {
      const { headers, body } = read(each);
      assert.deepEqual(each.to, [HOLDER.email]);
      assert.match(headers.from, /はなみずき銀行/);
      assert.match(body, /停止コード：/);
      assert.doesNotMatch(body, /https?:|www\./, 'a notice has no link (FT-41)');
    }
    assert.deepEqual(bank.core.letters.map((each) => each.channel), ['sms', 'sms']);

    office.says.rcpt = [550, '5.1.1 no such user'];
    bank.core.state.refusesSms = true;
    await enrol();
    const letters = () => bank.core.letters.filter((each) => each.channel === 'post');
    await until('a letter for each notice', () => letters().length === 2);
    assert.deepEqual(new Set(letters().map((each) => each.to)), new Set([HOLDER.address]));
    assert.match(letters()[0].body, /停止コード：/);
    assert.equal(office.mails.length, 2, 'mail was refused, and not tried again');
  } finally {
    await bank.stop();
  }
});
