// What `electronGet` does, over Node's own https and with an authority of the test's: one request, no redirect followed.
import { get } from 'node:https';
import type { WebGet } from '../../main/desktop/updates/web-get.ts';

export const nodeGet = (authority: string): WebGet => (address, signal) => new Promise((resolve, reject) => {
  get(address, { ca: authority, signal, agent: false }, (response) => resolve({ status: response.statusCode!, location: response.headers.location ?? null, body: response })).on('error', reject);
});
