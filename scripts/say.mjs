// Plain lines for people, and running a program with its output held back until it fails.
import { spawn } from 'node:child_process';

export const say = (line) => console.log(line);

/**
 * Runs a program to its end. Its output goes to the terminal with `show`, else it is kept and printed when the program fails.
 * @returns its exit code (128 and more after a signal), its output, and whether it ran out of time
 */
export function run(program, args, { show = false, withinMs, ...options } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: show ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'], ...options });
    let output = '';
    let late = false;
    child.stdout?.on('data', (data) => (output += data));
    child.stderr?.on('data', (data) => (output += data));
    const timer = withinMs && setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, withinMs);
    const end = (code) => {
      clearTimeout(timer);
      resolve({ code, output, late });
    };
    child.once('error', (error) => {
      output += error.message;
      end(127);
    });
    child.once('close', (code) => end(code ?? 128));
  });
}
