// A daughter looks through her mother's passbook on her own machine: files and typed lines in, a report
// and a letter to the bank out, and nothing leaves.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { assertAccessible, assertFonts, launchBrowser, newPerson, screenshot } from './lib.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const HEADER = '日付,摘要,出金,入金,残高';
const LINES = [
  'R8.7.25,年金,,300000,400000',
  'R8.7.27,ヤチン,80000,,320000',
  'R8.8.31,ドコモコウザ,100000,,220000',
  'R8.8.31,ドコモコウザ,100000,,120000',
  'R8.8.31,ドコモコウザ,100000,,20000',
  'R8.9.1,ドコモコウザ,100000,,▲80000',
];

let child;
let exited;
let url;
let browser;
let person;
let page;

async function look(name) {
  await assertAccessible(page);
  await assertFonts(page);
  await screenshot(page, `w-${name}`);
}

const main = () => page.locator('main').innerText();

before(async () => {
  const program = process.env.KANUKI_BIN ?? path.join(root, 'target/debug/kanuki');
  child = spawn(program, ['watch', '--page', '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  exited = new Promise((resolve) => { child.once('exit', resolve); });
  url = await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`ended with ${code}`)));
    child.stdout.on('data', (text) => {
      const found = String(text).match(/http:\/\/localhost:\d+/);
      if (found) resolve(found[0]);
    });
  });
  browser = await launchBrowser();
  person = await newPerson(browser);
  page = await person.newPage();
});

after(async () => {
  await browser?.close();
  child?.kill('SIGINT');
  assert.equal(await exited, 0);
});

test('typed lines become a report with a letter', async () => {
  await page.goto(url);
  await look('1-page');
  await page.fill('[name=typed]', LINES.join('\n'));
  await page.click('button[type=submit]');
  const text = await main();
  for (const said of ['残高がマイナス', '月末と月初めの両方', '同じ日に何度も', 'ドコモ口座への引き落とし', '銀行への手紙', '−¥80,000']) {
    assert.ok(text.includes(said), said);
  }
  await look('2-report');
});

test('files of two people are two accounts with a letter each', async () => {
  await page.goto(url);
  const file = (name, lines) => ({ name, mimeType: 'text/csv', buffer: Buffer.from([HEADER, ...lines].join('\n')) });
  await page.setInputFiles('[name=file]', [
    file('haha.csv', LINES),
    file('chichi.csv', LINES.map((line) => line.replace('ドコモコウザ', 'ＲＴＫ　ペイペイ'))),
  ]);
  await page.check('[name=apart]');
  await page.click('button[type=submit]');
  assert.equal(await page.locator('.letter').count(), 2);
  assert.ok(!(await page.locator('.letter').first().innerText()).includes('ペイペイ'));
  await page.emulateMedia({ colorScheme: 'dark' });
  await look('3-two-dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1280, height: 800 });
  await look('4-two-wide');
  await page.setViewportSize({ width: 390, height: 780 });
});

test('files that nobody sorted are told apart by what they say, and the page says why', async () => {
  await page.goto(url);
  const file = (name, lines) => ({
    name, mimeType: 'text/csv', buffer: Buffer.from(['取引日,入出金(円),残高(円),入出金先内容', ...lines].join('\n')),
  });
  const july = ['20260701,300000,400000,年金', '20260731,-80000,320000,ヤチン'];
  await page.setInputFiles('[name=file]', [
    file('chichi.csv', ['20260705,9000,90000,年金', '20260831,-5000,85000,ドコモコウザ']),
    file('meisai (1).csv', [july[1], '20260831,-100000,220000,ドコモコウザ', '20260901,-100000,120000,ドコモコウザ']),
    file('meisai.csv', july),
  ]);
  await page.click('button[type=submit]');
  const text = await main();
  assert.match(text, /同じ行があるので、1つの口座としました: meisai\.csv、meisai \(1\)\.csv/);
  assert.match(text, /3個のファイル、6行/);
  assert.equal(await page.locator('.letter').count(), 2);
  await look('9-sorted');
  await page.setViewportSize({ width: 1280, height: 800 });
  await look('9-sorted-wide');
  await page.setViewportSize({ width: 390, height: 780 });
});

test('a household with names: what follows a name belongs to it', async () => {
  await page.goto(url);
  await page.fill('#name', '母のゆうちょ');
  await page.fill('#typed', LINES.join('\n'));
  await page.click('summary');
  await page.fill('#name2', '父の信金');
  await page.fill('#typed2', LINES.map((line) => line.replace('ドコモコウザ', 'ＲＴＫ　ペイペイ')).join('\n'));
  await look('6-names');
  await page.click('button[type=submit]');
  const text = await main();
  for (const said of ['母のゆうちょ', '父の信金']) assert.ok(text.includes(said), said);
  assert.equal(await page.locator('.letter').count(), 2);
});

test('what she uses herself is no finding, what was stopped comes first, and a slip loses nothing', async () => {
  await page.goto(url);
  await page.fill('#typed', LINES.map((line) => line.replace(/^R8/, '8')).join('\n'));
  await page.locator('summary', { hasText: '自分で使っている' }).click();
  await page.check('[name=mine][value=docomo-koza]');
  await page.locator('summary', { hasText: '止めてもらった' }).click();
  await page.fill('#since', '八月');
  await page.fill('#words', 'ドコモコウザ');
  await look('7-known');
  await page.click('button[type=submit]');
  await page.waitForLoadState();
  assert.match(await main(), /日付\(2026\/9\/10 か R8\.9\.10\)/);
  assert.equal(await page.inputValue('#words'), 'ドコモコウザ');
  assert.ok(await page.isChecked('[name=mine][value=docomo-koza]'));
  await look('8-stop-refused');
  await page.fill('#since', 'R8.8.31');
  await page.click('button[type=submit]');
  const text = await main();
  assert.ok(text.includes('止めたはずの引き落とし'), text);
  assert.ok(!text.includes('ドコモ口座へのチャージ'), text);
});

test('what does not add up is refused with the line, and the page asks again', async () => {
  await page.goto(url);
  await page.fill('[name=typed]', LINES.filter((_, place) => place !== 2).join('\n'));
  const [answer] = await Promise.all([page.waitForResponse(url + '/'), page.click('button[type=submit]')]);
  assert.equal(answer.status(), 422);
  // The third of the lines that were typed, whatever stands above them.
  assert.match(await main(), /3行目: 残高が前の行とつながりません/);
  assert.doesNotMatch(await main(), /line/);
  // Nothing that was typed is lost, and the line to blame is shown as it was typed.
  assert.equal(await page.inputValue('#typed'), LINES.filter((_, place) => place !== 2).join('\n'));
  assert.equal(await page.locator('code').innerText(), LINES[3]);
  assert.equal(await page.locator('#typed').getAttribute('aria-invalid'), 'true');
  await look('5-refused');
  const excel = { name: 'meisai.xlsx', mimeType: 'application/octet-stream', buffer: Buffer.from('PK\x03\x04\xff') };
  await page.setInputFiles('#file', excel);
  await page.click('button[type=submit]');
  await page.waitForLoadState();
  assert.match(await main(), /meisai\.xlsx: 表計算のファイル[^]*CSV/);
  await look('6-spreadsheet');
  person.assertNoProblems(/422/);
});

test('a file that is too big is answered with words, and what was typed stays', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'kanuki-watch-'));
  const big = path.join(folder, 'big.csv');
  await writeFile(big, `${HEADER}\n${LINES[0]}\n`.padEnd(100 * 1024 * 1024, '\n'));
  try {
    await page.goto(url);
    await page.fill('[name=typed]', LINES.join('\n'));
    await page.setInputFiles('[name=file]', big);
    await page.click('button[type=submit]');
    const text = await main();
    assert.ok(text.includes('64MBまで') && text.includes('何も調べていません'), text);
    assert.equal(await page.locator('[name=typed]').first().inputValue(), LINES.join('\n'));
    await look('8-too-big');
  } finally {
    await rm(folder, { recursive: true });
  }
});
