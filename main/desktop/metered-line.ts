// Whether the system says that the line is paid by volume (a phone's hotspot, a metered Wi-Fi).
import { askSystem } from './ask-system.ts';
import type { Ask } from './ask-system.ts';

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
