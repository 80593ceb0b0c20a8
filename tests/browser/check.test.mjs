// Am I exposed? A son answers for his mother: on a wallet's page, on a bank's, and on his own machine.
// What he answers leaves the page of none of them where scripts run, and is kept by none where they do not.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import {
  assertAccessible, assertFonts, launchBrowser, newPerson, screenshot, startKanuki,
} from './lib.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
// The longer pages, and some of those that are the lab's own.
const CRIMES = [
  'attack-2020', 'phishing-proxy', 'fake-staff', 'number-and-mail', 'recovery-takeover', 'docomo-2020', 'caregiver', 'fake-merchant',
];

// Amounts and words that stand nowhere but in these answers.
const MOTHER = {
  bank0: '七十七銀行', whose0: 'whose-parent', balance0: '0', overdraft0: 'overdraft-yes', room0: '7654321',
  online0: 'online-none', pin0: 'pin-easy', seen0: 'seen-book',
};
const OWN = {
  bank1: 'すみれカナリア銀行', balance1: '８，７６５，４３２円', overdraft1: 'overdraft-no', 'app1-paypay': true,
  'app1-other': true, online1: 'online-bound', card1: 'card-no', lock1: 'lock-on', seen1: 'seen-told',
};
const CANARIES = ['7654321', '7,654,321', '8765432', '8,765,432', '８，７６５，４３２', 'すみれカナリア'];

// Sets of answers that together open and close everything.
const SETS = [
  MOTHER,
  { ...MOTHER, ...OWN },
  { bank0: 'みずほ銀行' },
  { bank0: 'みずほ銀行', balance0: '0' },
  { bank0: 'みずほ銀行', bank1: 'ゆうちょ銀行', balance1: '5000', overdraft1: 'overdraft-no' },
  { bank0: '<b>$& {whose} 銀行</b>', whose0: 'whose-family' },
  { balance0: 'たくさん', room0: '三十から', 'app0-none': true, lock0: 'lock-off' },
  { bank3: '七十七銀行', balance3: '３万５千円くらい', overdraft3: 'overdraft-yes', room3: '約1億2000万' },
  { bank2: 'ゆうちょ銀行', balance2: '1', card2: 'card-no', online2: 'online-none', 'app2-none': true, overdraft2: 'overdraft-no' },
  { bank0: 'みずほ銀行', balance0: '12 000', online0: 'online-password', overdraft0: 'overdraft-unknown', room0: '¥300,000' },
  { bank0: '福邦銀行', balance0: '1億2千万', room0: '二百五十円', overdraft0: 'overdraft-no', 'app0-none': true, 'app0-paypay': true },
  { bank0: '七十七', balance0: '1.5億', bank1: 'そんな銀行', balance1: '3千5万', room1: '千円', overdraft1: 'overdraft-yes' },
  { bank0: 'みずほ銀行', balance0: '30,0000', overdraft0: 'overdraft-yes', room0: '3,00,000' },
];

let folder;
let dir;
let kanuki;
let browser;

/** `fonts` is slow where the list of banks is on the page: a thousand lines to look at. */
async function look(page, name, { fonts = false } = {}) {
  await assertAccessible(page);
  if (fonts) await assertFonts(page);
  await screenshot(page, `check-${name}`);
}

/** Fills the form in and asks. */
async function ask(page, answers) {
  // Places after the first are folded away until somebody wants them.
  for (const number of new Set(Object.keys(answers).map((name) => name.match(/\d/)[0]))) {
    const box = page.locator('details.asked').nth(Number(number));
    if ((await box.getAttribute('open')) === null) await box.locator('summary').click();
  }
  for (const [name, value] of Object.entries(answers)) {
    const field = page.locator(`[name="${name}"]`);
    if (value === true) await field.check();
    else if (await page.locator(`select[name="${name}"]`).count()) await field.selectOption(value);
    else await field.fill(value);
  }
  await page.locator('form[action="/check"] button[type=submit]').first().click();
  await page.locator('#answer [data-card]').first().waitFor();
}

/** What an answer says, without its words. */
function said(page) {
  return page.locator('#answer').evaluate((answer) => {
    const slots = (within, name) =>
      [...within.querySelectorAll(`[data-slot="${name}"]`)].map((node) => node.textContent);
    const marks = (within, mark) =>
      [...within.querySelectorAll(`[data-${mark}]`)].map((node) => node.getAttribute(`data-${mark}`));
    return {
      total: slots(answer, 'total'),
      below: slots(answer, 'below'),
      apart: slots(answer, 'apart'),
      steps: [...answer.querySelectorAll('[data-step]')].map((step) => [step.dataset.step, slots(step, 'names')]),
      cards: [...answer.querySelectorAll('[data-card]')].map((card) => ({
        name: slots(card, 'name'), reach: slots(card, 'reach'), apps: slots(card, 'apps'), unread: slots(card, 'unread'), now: slots(card, 'now'),
        ways: marks(card, 'way'), marks: marks(card, 'if'),
      })),
      marks: marks(answer, 'if'),
    };
  });
}

/** `kanuki check` on a port of its own. */
async function startCheck() {
  const program = process.env.KANUKI_BIN ?? path.join(root, 'target/debug/kanuki');
  const child = spawn(program, ['check', '--port', '0', '--log', 'debug'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stderr.on('data', (text) => { output += text; });
  const url = await new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error(`kanuki check ended: ${output}`)));
    child.stdout.on('data', (text) => {
      output += text;
      const found = output.match(/http:\/\/localhost:\d+\/check/);
      if (found) resolve(found[0]);
    });
  });
  const gone = new Promise((resolve) => { child.once('exit', resolve); });
  return {
    url,
    output: () => output,
    async stop() {
      child.kill('SIGINT');
      assert.equal(await gone, 0);
    },
  };
}

/** What a page on another host would get, whose name was pointed at this machine. */
function statusFor(url, host) {
  return new Promise((resolve, reject) => {
    const asked = http.get(url, { headers: { host }, agent: false }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode));
    });
    asked.on('error', reject);
  });
}

async function* filesOf(where) {
  for (const entry of await readdir(where, { withFileTypes: true })) {
    const file = path.join(where, entry.name);
    if (entry.isDirectory()) yield* filesOf(file);
    else yield file;
  }
}

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'kanuki-check-'));
  dir = path.join(folder, 'data');
  kanuki = await startKanuki({ dir, args: ['--log', 'debug'] });
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await kanuki?.stop();
  await rm(folder, { recursive: true, force: true });
});

test('where scripts run the answer is made in the page, and nothing leaves it', async () => {
  const person = await newPerson(browser);
  const page = await person.newPage();
  await page.goto(`${kanuki.walletUrl}/check`);
  await page.waitForLoadState('networkidle');
  assert.match(await page.locator('[data-kept]').innerText(), /どこにも送りません/);
  assert.equal(await page.locator('[data-sent]').isVisible(), false);
  await look(page, '1-asked');
  const cookies = await person.context.cookies();
  const requests = [];
  page.on('request', (request) => requests.push(request.url()));

  await ask(page, { ...MOTHER, ...OWN });

  const answer = await said(page);
  assert.deepEqual(answer.total, ['¥16,419,753']);
  assert.deepEqual(answer.below, ['¥7,654,321']);
  assert.deepEqual(answer.cards[0].ways, ['new-link', 'old-link', 'card-taken', 'sent-themselves']);
  assert.deepEqual(answer.cards[1].ways, ['old-link', 'approved', 'sent-themselves']);
  assert.equal(answer.steps[0][0], 'look-now');
  assert.match(await page.locator('#answer').innerText(), /七十七銀行\(親\)[\s\S]*あなたが何もしなくても起こります/);
  await look(page, '2-answer', { fonts: true });
  await page.pdf(); // What his mother gets on paper; the questions are not on it.
  assert.deepEqual(requests, [], 'the page asked for nothing');
  assert.equal(new URL(page.url()).search + new URL(page.url()).hash, '');
  assert.deepEqual(await person.context.cookies(), cookies);
  const kept = await page.evaluate(async () => [
    localStorage.length, sessionStorage.length, (await indexedDB.databases()).length, (await caches.keys()).length,
    history.length,
  ]);
  assert.deepEqual(kept.slice(0, 4), [0, 0, 0, 0]);

  // Going away and back shows an empty form.
  await page.goto(`${kanuki.walletUrl}/check/crimes`);
  await page.goBack();
  assert.equal(await page.locator('[name=balance0]').inputValue(), '');
  assert.equal(await page.locator('#answer').innerText(), '');
  person.assertNoProblems();
  await person.close();
});

test('an empty form is said to be empty', async () => {
  const person = await newPerson(browser);
  const page = await person.newPage();
  await page.goto(`${kanuki.walletUrl}/check`);
  await page.locator('form[action="/check"] button[type=submit]').click();
  assert.ok(await page.locator('[data-empty]').isVisible());
  await person.close();
});

test('without scripts the server draws the same answer to every set of answers', async () => {
  const scripted = await newPerson(browser);
  const plain = await newPerson(browser, { javaScriptEnabled: false });
  const [here, there] = [await scripted.newPage(), await plain.newPage()];
  const bank = kanuki.walletUrl.replace('wallet.', 'bank-one.').replace(`${kanuki.walletPort}`, `${kanuki.walletPort + 1}`);
  for (const answers of SETS) {
    await here.goto(`${bank}/check`);
    await there.goto(`${bank}/check`);
    assert.ok(await there.locator('[data-sent]').isVisible(), 'it says that answers are sent');
    await ask(here, answers);
    await ask(there, answers);
    assert.deepEqual(await said(here), await said(there), JSON.stringify(answers));
  }
  await here.goto(`${bank}/check`);
  await ask(here, { bank0: 'みずほ銀行' });
  assert.doesNotMatch(await here.locator('#answer .reach').first().innerText(), /¥/, 'nothing is known');
  await look(here, '3-unknown');
  await there.goto(`${bank}/check`);
  await ask(there, MOTHER);
  await screenshot(there, 'check-3-plain');
  await there.locator('button[name=edit]').click();
  assert.equal(await there.locator('[name=room0]').inputValue(), '7654321');
  scripted.assertNoProblems();
  await scripted.close();
  await plain.close();
});

test('no answer is in any file or any log of the servers', async () => {
  // The one before sent its answers to a bank.
  let size = 0;
  for await (const file of filesOf(dir)) {
    const bytes = await readFile(file);
    size += bytes.length;
    for (const canary of CANARIES) {
      assert.equal(bytes.indexOf(Buffer.from(canary)), -1, `${canary} is in ${file}`);
      assert.equal(bytes.indexOf(encodeURIComponent(canary)), -1, `${canary} is in ${file}`);
    }
  }
  assert.ok(size > 10_000, 'the data were looked at');
  const log = kanuki.output.join('\n');
  assert.match(log, /\/check/, 'the log was looked at');
  for (const canary of CANARIES) assert.ok(!log.includes(canary) && !log.includes(encodeURIComponent(canary)), canary);
});

test('the same page alone on one’s own machine, for that machine only', async () => {
  const check = await startCheck();
  const person = await newPerson(browser, { javaScriptEnabled: false, locale: 'en-GB' });
  const page = await person.newPage();
  await page.goto(check.url);
  assert.match(await page.locator('main').innerText(), /All on this computer/);
  await ask(page, MOTHER);
  assert.deepEqual((await said(page)).total, ['¥7,654,321']);
  await screenshot(page, 'check-4-alone'); // Where scripts do not run, axe does not either.
  assert.equal(await statusFor(check.url, 'evil.test'), 421, 'a name that only points here');
  for (const canary of CANARIES) assert.ok(!check.output().includes(canary));
  await person.close();
  await check.stop();
});

test('how crimes go, each on its page', async () => {
  const person = await newPerson(browser);
  const page = await person.newPage();
  await page.goto(`${kanuki.walletUrl}/check/crimes`);
  await look(page, '5-crimes', { fonts: true });
  for (const crime of CRIMES) {
    await page.goto(`${kanuki.walletUrl}/check/crimes`);
    await page.locator(`a[href="/check/crimes/${crime}"]`).first().click();
    await page.waitForLoadState();
    await look(page, `6-${crime}`, { fonts: true });
  }
  person.assertNoProblems();
  await person.close();
});

test('the same pages in the dark, in English and on a desk', async () => {
  for (const [name, options] of [
    ['dark', { colorScheme: 'dark' }],
    ['wide', { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1 }],
    ['english', { locale: 'en-GB' }],
  ]) {
    const person = await newPerson(browser, options);
    const page = await person.newPage();
    await page.goto(`${kanuki.walletUrl}/check`);
    await ask(page, { ...MOTHER, ...OWN });
    await look(page, `7-${name}`);
    await page.goto(`${kanuki.walletUrl}/check/crimes/fake-staff`);
    await look(page, `8-crime-${name}`);
    await person.close();
  }
});
