// Starts and stops `kanuki up` with a folder and ports of its own.

import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** How many ports in a row one `kanuki up` may use: the wallet, then the banks and the demo's own services. */
export const PORTS = 8;

const READY_MS = 60_000;
const STOP_MS = 20_000;
const root = fileURLToPath(new URL('../../', import.meta.url));

/** The first of `count` free ports in a row, all on loopback. */
export async function freePorts(count = PORTS) {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    // Below the range from which the system takes ports for outgoing connections.
    const first = 20_000 + Math.floor(Math.random() * 10_000);
    const ports = Array.from({ length: count }, (_, n) => first + n);
    const free = await Promise.all(ports.map(isFree));
    if (free.every(Boolean)) return first;
  }
  throw new Error(`no ${count} free ports in a row`);
}

function isFree(port) {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** The environment of a process whose clock is `later`; its timers run as ever. */
function clock(later) {
  if (!later) return {};
  const folders = readdirSync('/usr/lib').map((name) => path.join('/usr/lib', name));
  const libraries = folders.map((folder) => path.join(folder, 'faketime/libfaketime.so.1'));
  const library = libraries.find((file) => existsSync(file));
  if (!library) throw new Error('missing: faketime (a Debian package)');
  return { LD_PRELOAD: library, FAKETIME: later, FAKETIME_DONT_FAKE_MONOTONIC: '1' };
}

/**
 * Starts `kanuki up` and waits for its `ready ` line.
 *
 * `dir` is kept when it is given (to stop and start again on the same data), else made and removed.
 * The wallet listens on `port`, the banks on the ports after it. `later` (`'+25h'`) moves its clock,
 * and nobody else's.
 */
export async function startKanuki({ bin, dir, port, args = [], later } = {}) {
  const program = bin ?? process.env.KANUKI_BIN ?? path.join(root, 'target/debug/kanuki');
  const isOwnDir = dir === undefined;
  const data = dir ?? (await mkdtemp(path.join(os.tmpdir(), 'kanuki-')));
  const walletPort = port ?? (await freePorts());
  const bankPort = walletPort + 1;
  const child = spawn(
    program,
    ['up', '--data', data, '--wallet-port', `${walletPort}`, '--bank-port', `${bankPort}`, ...args],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...clock(later) } },
  );
  const output = [];
  const exited = new Promise((resolve) => {
    child.once('error', (error) => resolve(`could not start: ${error.message}`));
    child.once('exit', (code, signal) => resolve(`ended with ${signal ?? code}`));
  });

  const ready = new Promise((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      let rest = '';
      stream.setEncoding('utf8').on('data', (text) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop();
        output.push(...lines);
        const line = stream === child.stdout && lines.find((each) => each.startsWith('ready '));
        if (line) resolve({ line: line.slice('ready '.length) });
      });
    }
  });
  const killAtExit = () => child.kill('SIGKILL');
  process.once('exit', killAtExit);
  const remove = async () => {
    process.removeListener('exit', killAtExit);
    if (isOwnDir) await rm(data, { recursive: true, force: true });
  };

  const tooLate = pause(READY_MS, { problem: `was not ready after ${READY_MS / 1000} s` }, { ref: false });
  const first = await Promise.race([ready, exited.then((problem) => ({ problem })), tooLate]);
  if (first.problem) {
    child.kill('SIGKILL');
    await exited;
    await remove();
    throw new Error(`kanuki up ${first.problem}:\n${output.slice(-40).join('\n')}`);
  }

  return {
    data,
    walletPort,
    bankPort,
    /** What follows `ready ` on its line. */
    ready: first.line,
    /** The lines so far, of both streams. */
    output,
    walletUrl: `http://wallet.localhost:${walletPort}`,
    /** The issuer-side base of the bank with this number, from 0. */
    bankBase: (number = 0) => `http://localhost:${bankPort + number}`,
    walletBase: `http://localhost:${walletPort}`,
    /** Ctrl-C; fails if it does not end well and soon. */
    async stop() {
      child.kill('SIGINT');
      const late = pause(STOP_MS, 'did not stop', { ref: false });
      const end = await Promise.race([exited, late]);
      child.kill('SIGKILL');
      await exited;
      await remove();
      if (end !== 'ended with 0' && end !== 'ended with SIGINT') {
        throw new Error(`kanuki up ${end}:\n${output.slice(-40).join('\n')}`);
      }
    },
    /** Pulls the plug, to see what is left after. The data stays if `dir` was given. */
    async crash() {
      child.kill('SIGKILL');
      await exited;
      await remove();
    },
  };
}
