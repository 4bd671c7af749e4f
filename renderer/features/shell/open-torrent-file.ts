// Opens a .torrent or .evpack file: by the host's dialog where it has one, else by the browser's.
import { offerFiles, pickTorrent } from '../../actions/add.ts';
import { useSession } from '../../stores/session-store.ts';

export function openTorrentFile(): void {
  if (useSession.getState().host?.can.pickTorrent) return void pickTorrent();
  const input = document.createElement('input');
  input.type = 'file';
  input.accept = '.torrent,.evpack,application/x-bittorrent';
  input.multiple = true;
  input.addEventListener('change', () => void offerFiles([...(input.files ?? [])]));
  input.click();
}
