// The one place from which an address goes to the system's browser.
import { shell } from 'electron';
import { ContractError } from '../../contract/index.ts';
import { webAddress } from './web-address.ts';

/** @param address from the core, checked once more @param otherwise what to say when it is none for a browser @throws {ContractError} `not-found` */
export async function openInBrowser(address: unknown, otherwise: string): Promise<void> {
  const page = webAddress(address);
  if (page === null) throw new ContractError('not-found', otherwise);
  await shell.openExternal(page);
}
