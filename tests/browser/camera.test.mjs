// Paying by the camera: a film of the shop's QR code stands before it. Chromium on Debian has no
// reader of its own, so that the frame is read by our server.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';

import { assertAccessible, launchBrowser, newPerson, screenshot, startKanuki } from './lib.mjs';
import { ICHIRO, openWallet } from './steps.mjs';

const WIDTH = 640;
const HEIGHT = 480;
const FRAMES = 10;
let folder;
let kanuki;
let browser;

/** A film (Y4M) of ten equal frames: the picture in the middle of a light wall. */
async function film(page, picture) {
  const luma = await page.evaluate(async ({ source, width, height }) => {
    const image = new Image();
    image.src = source;
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width, height });
    const paint = canvas.getContext('2d');
    paint.fillStyle = '#ddd';
    paint.fillRect(0, 0, width, height);
    const size = height * 0.8;
    paint.drawImage(image, (width - size) / 2, (height - size) / 2, size, size);
    const { data } = paint.getImageData(0, 0, width, height);
    return Array.from({ length: width * height }, (_, n) => data[n * 4]);
  }, { source: `data:image/png;base64,${picture.toString('base64')}`, width: WIDTH, height: HEIGHT });
  const grey = Buffer.alloc((WIDTH * HEIGHT) / 2, 128);
  const frame = Buffer.concat([Buffer.from('FRAME\n'), Buffer.from(luma), grey]);
  const head = Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420jpeg\n`);
  return Buffer.concat([head, ...Array.from({ length: FRAMES }, () => frame)]);
}

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'kanuki-camera-'));
  kanuki = await startKanuki();
  const plain = await launchBrowser();
  const shop = await plain.newPage({ deviceScaleFactor: 3 });
  await shop.goto(`${kanuki.walletUrl}/merchant/kanuki-coffee`);
  const code = await shop.locator('figure.qr svg').first().screenshot({ scale: 'device' });
  const blank = await plain.newPage();
  const file = path.join(folder, 'till.y4m');
  await writeFile(file, await film(blank, code));
  await plain.close();
  browser = await launchBrowser({
    args: [
      '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream',
      `--use-file-for-fake-video-capture=${file}`,
    ],
  });
});

after(async () => {
  await browser?.close();
  await kanuki?.stop();
  await rm(folder, { recursive: true, force: true });
});

test('the camera finds the shop', async () => {
  const ichiro = await newPerson(browser, { permissions: ['camera'] });
  const page = await ichiro.newPage();
  await openWallet(page, kanuki, ICHIRO);
  await page.goto(`${kanuki.walletUrl}/pay`);
  await page.locator('[data-qr-start]').click();
  await page.waitForURL(/\/pay\?/);
  await page.waitForLoadState();
  assert.match(await page.locator('main').innerText(), /コーヒー閂/);
  await assertAccessible(page);
  await screenshot(page, 'c-01-found');
  ichiro.assertNoProblems();
});

test('who refuses the camera reads what else they can do', async () => {
  const stranger = await newPerson(browser, { permissions: [] });
  const page = await stranger.newPage();
  await page.addInitScript(() => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
  });
  await openWallet(page, kanuki, ICHIRO);
  await page.goto(`${kanuki.walletUrl}/pay`);
  await page.locator('[data-qr-start]').click();
  await page.waitForFunction(() => document.querySelector('[data-qr-status]').textContent.length > 3);
  await assertAccessible(page);
  await screenshot(page, 'c-02-refused');
});
