// A person with a phone: a browser context whose pages share one set of passkeys.

import { chromium } from 'playwright-core';

const PHONE = { width: 390, height: 780 };
const AUTHENTICATOR = {
  protocol: 'ctap2',
  ctap2Version: 'ctap2_1',
  transport: 'internal',
  hasResidentKey: true,
  hasUserVerification: true,
  isUserVerified: true,
  automaticPresenceSimulation: true,
  defaultBackupEligibility: true,
  defaultBackupState: true,
};

/** Chromium of the system; `KANUKI_CHROMIUM` names another. */
export function launchBrowser({ args = [] } = {}) {
  return chromium.launch({
    executablePath: process.env.KANUKI_CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    // Containers often run as root and with little shared memory.
    args: ['--no-sandbox', '--disable-dev-shm-usage', ...args],
  });
}

/**
 * A person. Further options are those of a browser context: `{ colorScheme: 'dark' }`,
 * `{ viewport: { width: 1280, height: 800 } }`, `{ javaScriptEnabled: false }`.
 *
 * `passkeys` of another person makes this the same person's second device.
 */
export async function newPerson(browser, { passkeys = new Map(), ...options } = {}) {
  const context = await browser.newContext({
    locale: 'ja-JP',
    timezoneId: 'Asia/Tokyo',
    viewport: PHONE,
    deviceScaleFactor: 2,
    ...options,
  });
  // Everything is on this machine, which may be slow and busy: what is not there by then never comes.
  context.setDefaultTimeout(30_000);
  const person = new Person(context, passkeys);
  await person.prepare();
  return person;
}

/** Has what a page does not find tell where it looked: the address, and what was read there. */
function sayWhere(page) {
  for (const name of ['check', 'fill', 'waitForEvent', 'waitForURL']) {
    const act = page[name].bind(page);
    page[name] = async (...wanted) => {
      try {
        return await act(...wanted);
      } catch (error) {
        const read = await page.evaluate(() => globalThis.document.body.innerText).catch(String);
        error.stack += `\nat ${page.url()}: ${read.slice(0, 400)}`;
        throw error;
      }
    };
  }
}

class Person {
  /** What went wrong in the pages without anybody seeing it: errors, blocked scripts and styles. */
  problems = [];
  #authenticators = new Map();

  constructor(context, passkeys) {
    this.context = context;
    /** Passkeys by credential id, as last used. */
    this.passkeys = passkeys;
  }

  // A page that uses a passkey before its authenticator is there takes the whole browser down, and
  // an authenticator belongs to one page. So every page waits for its own before it asks, and gets
  // the person's passkeys with the counters they have by then.
  async prepare() {
    await this.context.exposeBinding('passkeysReady', ({ page }) => this.#sync(page));
    await this.context.addInitScript(() => {
      const container = globalThis.CredentialsContainer?.prototype;
      for (const name of container ? ['create', 'get'] : []) {
        const original = container[name];
        container[name] = async function (options) {
          await globalThis.passkeysReady();
          return original.call(this, options);
        };
      }
    });
    this.context.on('page', (page) => {
      sayWhere(page);
      this.#watch(page);
      this.#authenticator(page).catch(() => {}); // It was closed at once; whoever asks will see.
    });
  }

  async newPage() {
    const page = await this.context.newPage();
    await this.#authenticator(page);
    return page;
  }

  /** Whether the person's finger or face is recognized on this page from now on. */
  async setVerified(page, isVerified) {
    const { cdp, authenticatorId } = await this.#authenticator(page);
    await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: isVerified });
  }

  /** The phone is gone, and its passkeys with it. */
  async losePasskeys() {
    this.passkeys.clear();
    for (const page of this.context.pages()) {
      const { cdp, authenticatorId } = await this.#authenticator(page);
      await cdp.send('WebAuthn.clearCredentials', { authenticatorId });
    }
  }

  /** Fails if any page had a problem; `expected` are patterns of those that a test means to cause. */
  assertNoProblems(...expected) {
    const others = this.problems.filter((text) => !expected.some((pattern) => pattern.test(text)));
    if (others.length > 0) throw new Error(`the pages had problems:\n${others.join('\n')}`);
  }

  close() {
    return this.context.close();
  }

  #watch(page) {
    page.on('pageerror', (error) => this.problems.push(`${page.url()}: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error') this.problems.push(`${page.url()}: ${message.text()}`);
    });
  }

  #authenticator(page) {
    if (!this.#authenticators.has(page)) this.#authenticators.set(page, this.#attach(page));
    return this.#authenticators.get(page);
  }

  async #attach(page) {
    const cdp = await this.context.newCDPSession(page);
    await cdp.send('WebAuthn.enable', { enableUI: false });
    const keep = ({ credential }) => this.passkeys.set(credential.credentialId, credential);
    cdp.on('WebAuthn.credentialAdded', keep);
    cdp.on('WebAuthn.credentialAsserted', keep);
    const added = await cdp.send('WebAuthn.addVirtualAuthenticator', { options: AUTHENTICATOR });
    return { cdp, authenticatorId: added.authenticatorId };
  }

  async #sync(page) {
    const { cdp, authenticatorId } = await this.#authenticator(page);
    const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId });
    const counters = new Map(credentials.map((each) => [each.credentialId, each.signCount]));
    for (const [credentialId, credential] of this.passkeys) {
      const counter = counters.get(credentialId);
      if (counter === undefined || counter < credential.signCount) {
        if (counter !== undefined) {
          await cdp.send('WebAuthn.removeCredential', { authenticatorId, credentialId });
        }
        await cdp.send('WebAuthn.addCredential', { authenticatorId, credential });
      }
    }
  }
}
