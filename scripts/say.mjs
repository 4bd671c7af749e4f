// Plain lines for people, and running a program with its output held back until it fails.
import { spawn } from 'node:child_process';

export const say = (line) => console.log(line);

/** Hands over whole lines of a stream, each begun with the label; what comes last without an end of line counts as one. */
function passLines(stream, label, out) {
  let rest = '';
  stream.setEncoding('utf8').on('data', (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    for (const line of lines) out.write(`${label}${line}\n`);
  });
  stream.on('end', () => {
    if (rest !== '') out.write(`${label}${rest}\n`);
  });
}

/**
 * Runs a program to its end. Its output goes to the terminal with `show`, each line behind a `label` when there is one, else it is kept and printed when the
 * program fails. An abort of `signal` ends the program with SIGTERM.
 * @returns its exit code (128 and more after a signal), its output, and whether it ran out of time
 */
export function run(program, args, { show = false, label = '', withinMs, ...options } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: show && label === '' ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'], ...options });
    let output = '';
    let late = false;
    if (show && label !== '') {
      passLines(child.stdout, label, process.stdout);
      passLines(child.stderr, label, process.stderr);
    } else {
      child.stdout?.on('data', (data) => (output += data));
      child.stderr?.on('data', (data) => (output += data));
    }
    const timer = withinMs && setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, withinMs);
    const end = (code) => {
      clearTimeout(timer);
      resolve({ code, output, late });
    };
    child.on('error', (error) => {
      if (error.name === 'AbortError' && child.pid !== undefined) return; // it is being ended, and 'close' follows
      output += error.message;
      end(127);
    });
    child.once('close', (code) => end(code ?? 128));
    // Somebody whom it started may outlive it with its output still open: what comes then is not waited for.
    child.once('exit', (code) => setTimeout(() => end(code ?? 128), 10_000).unref());
  });
}
