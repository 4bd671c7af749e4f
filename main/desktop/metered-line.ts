// Whether the system says that the line is paid by volume (a phone's hotspot, a metered Wi-Fi).
import { execFile } from 'node:child_process';

/** Runs a program of the system. @returns what it printed; null when it is not there, fails or takes too long */
export type Ask = (program: string, args: string[]) => Promise<string | null>;

const WITHIN_MS = 5000;
const MAX_ANSWER_BYTES = 4096;

export const askSystem: Ask = (program, args) => new Promise((resolve) => {
  execFile(program, args, { timeout: WITHIN_MS, maxBuffer: MAX_ANSWER_BYTES, windowsHide: true }, (error, answer) => resolve(error ? null : answer));
});

/** NMMetered of NetworkManager: 1 yes, 3 guessed yes (a phone's hotspot); 0, 2 and 4 are unknown and no. */
const METERED = new Set(['1', '3']);

const ofNetworkManager = [
  'call', '--system', '--dest', 'org.freedesktop.NetworkManager', '--object-path', '/org/freedesktop/NetworkManager',
  '--method', 'org.freedesktop.DBus.Properties.Get', 'org.freedesktop.NetworkManager', 'Metered',
];
/** NetworkCostType: 1 unrestricted; 2 fixed and 3 variable are paid by volume. */
const ofWindows = [
  '-NoProfile', '-NonInteractive', '-Command',
  '[Windows.Networking.Connectivity.NetworkInformation,Windows.Networking.Connectivity,ContentType=WindowsRuntime] | Out-Null; [Windows.Networking.Connectivity.NetworkInformation]::GetInternetConnectionProfile().GetConnectionCost().NetworkCostType.value__',
];

/** False where the system says nothing of it. @param platform as `process.platform` names it */
export async function isMetered(platform: string, ask: Ask = askSystem): Promise<boolean> {
  if (platform === 'linux') return METERED.has(/uint32 (\d)/.exec(await ask('gdbus', ofNetworkManager) ?? '')?.[1] ?? '');
  if (platform === 'win32') return /^[23]\s*$/.test(await ask('powershell.exe', ofWindows) ?? '');
  return false; // macOS keeps its "Low Data Mode" from programs that do not use its own network library
}
