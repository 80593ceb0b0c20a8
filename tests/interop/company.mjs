// One company's server from a configuration file, as an operator would run it: `kanuki bank|wallet
// --config FILE`, with a folder and a port of its own.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const READY_MS = 60_000;
const STOP_MS = 20_000;
const root = fileURLToPath(new URL('../../', import.meta.url));

/** A folder for one company, with what is put into it for the configuration to name. */
export async function newFolder(name) {
  const dir = await mkdtemp(path.join(os.tmpdir(), `kanuki-${name}-`));
  const file = (as) => path.join(dir, as);
  return {
    dir,
    file,
    /** A secret that only we can read; its text. */
    async secret(as, text = randomBytes(24).toString('hex')) {
      await writeFile(file(as), text, { mode: 0o600 });
      return text;
    },
    /** A file of public keys. */
    jwks: (as, keys) => writeFile(file(as), JSON.stringify({ keys })),
    write: (as, text) => writeFile(file(as), text),
    /** What the two companies agreed on today: the documented example; where it is. */
    async agreement(as = 'agreement.toml') {
      const day = (ms) => new Date(Date.now() + ms).toISOString().slice(0, 10);
      const text = await readFile(path.join(root, 'docs/operators/agreement.example.toml'), 'utf8');
      const dated = text.replaceAll('2026-11-20', day(-86_400_000)).replace('2027-11-19', day(300 * 86_400_000));
      await writeFile(file(as), dated);
      return file(as);
    },
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}

/** TOML for what our configurations hold: tables of texts, numbers, switches and lists of texts. */
export function toml(tables) {
  const lines = [];
  for (const [name, entries] of tables) {
    if (name) lines.push('', `[${name}]`);
    for (const [key, value] of Object.entries(entries)) lines.push(`${key} = ${JSON.stringify(value)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Starts `kanuki bank` or `kanuki wallet` and waits for its `ready ` line. */
export async function startCompany(kind, folder, settings) {
  const bin = process.env.KANUKI_BIN ?? path.join(root, 'target/debug/kanuki');
  await folder.write(`${kind}.toml`, toml(settings));
  const child = spawn(bin, [kind, '--config', folder.file(`${kind}.toml`)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = [];
  const exited = new Promise((resolve) => {
    child.once('error', (error) => resolve(`could not start: ${error.message}`));
    child.once('exit', (code, signal) => resolve(`ended with ${signal ?? code}`));
  });
  const ready = new Promise((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output.push(text);
        if (output.join('').includes('ready port=')) resolve('ready');
      });
    }
  });
  const killAtExit = () => child.kill('SIGKILL');
  process.once('exit', killAtExit);
  const first = await Promise.race([ready, exited, pause(READY_MS, 'was not ready', { ref: false })]);
  if (first !== 'ready') {
    child.kill('SIGKILL');
    await exited;
    throw new Error(`kanuki ${kind} ${first}:\n${output.join('').slice(-4_000)}`);
  }
  return {
    pid: child.pid,
    output,
    async stop() {
      child.kill('SIGTERM');
      const end = await Promise.race([exited, pause(STOP_MS, 'did not stop', { ref: false })]);
      child.kill('SIGKILL');
      await exited;
      process.removeListener('exit', killAtExit);
      if (end !== 'ended with 0') {
        throw new Error(`kanuki ${kind} ${end}:\n${output.join('').slice(-4_000)}`);
      }
    },
  };
}
