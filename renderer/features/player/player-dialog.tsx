// The built-in player: one finished file, or the parts of a live event one after another.
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { PackageId } from '../../../contract/index.ts';
import { mediaUrl } from '../../actions/player.ts';
import { playFile } from '../../actions/packages.ts';
import { closeDialog } from '../../actions/view.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Icon } from '../../components/icon.tsx';
import { useDetail } from '../../stores/detail-store.ts';
import { usePackages } from '../../stores/packages-store.ts';
import { useCan } from '../../stores/session-store.ts';
import { canPlay, isComplete, playlistOf } from './playable.ts';
import styles from './player.module.css';

/** The address of a file, once the host gave it, or why there is none. */
function useAddress(id: PackageId, index: number | null): { url: string | null; problem: string | null } {
  const [state, setState] = useState<{ index: number; url: string | null; problem: string | null } | null>(null);
  useEffect(() => {
    if (index === null) return;
    let current = true;
    void mediaUrl(id, index).then((answer) => {
      if (current) setState(answer.ok ? { index, url: answer.value.url, problem: null } : { index, url: null, problem: answer.error.message });
    });
    return () => { current = false; };
  }, [id, index]);
  return state?.index === index && state ? state : { url: null, problem: null };
}

export function PlayerDialog({ id, index }: { id: PackageId; index: number | null }) {
  const { t } = useTranslation();
  const can = useCan();
  const one = usePackages((state) => state.byId.get(id));
  const files = useDetail((state) => (state.detail?.id === id ? state.detail.files : null));
  const list = useMemo(() => {
    if (!files) return [];
    const parts = one?.event?.live ? playlistOf(files, one.layers) : [];
    const single = files.find((file) => file.index === index);
    return single && !parts.includes(single) ? [single] : parts;
  }, [files, one, index]);
  const newest = list.findLastIndex(isComplete);
  const [at, setAt] = useState<number | null>(null);
  // What was asked for, or else the first part that is here; kept by its place, since parts only ever follow.
  const begin = index === null ? list.findIndex(isComplete) : list.findIndex((file) => file.index === index);
  const place = at ?? begin;
  const file = list[place];
  const ready = file !== undefined && canPlay(file);
  const address = useAddress(id, ready ? file.index : null);
  const [broken, setBroken] = useState<number | null>(null);
  const isLive = list.length > 1 || (one?.event?.live === true && list[0]?.index !== index);
  const name = file ? file.path.slice(file.path.lastIndexOf('/') + 1) : (one?.name ?? '');
  const goTo = (next: number): void => {
    setBroken(null);
    setAt(next);
  };
  /** The part after this one; a refused one is never coming, so it is passed over. */
  const goOn = (): void => {
    const next = list.findIndex((each, position) => position > place && each.check !== 'wrong');
    goTo(next < 0 ? list.length : next);
  };

  return (
    <Dialog
      title={name} description={t('player.description')} size="wide" onClose={closeDialog}
      foot={
        <>
          {isLive && <span className={styles.place}>{place < list.length ? t('player.part', { number: Math.max(1, place + 1), count: list.length }) : t('event.parts', { count: list.length })}</span>}
          {isLive && <Button disabled={place <= 0} onClick={() => goTo(place - 1)}>{t('player.before')}</Button>}
          {isLive && <Button disabled={newest < 0 || place === newest} onClick={() => goTo(newest)}>{t('player.newest')}</Button>}
          {can.playFile && ready && <Button onClick={() => void playFile(id, file.index)}>{t('player.openOutside')}</Button>}
        </>
      }
    >
      <div className={styles.stage}>
        {address.url && ready && (
          <video
            key={address.url} className={styles.video} src={address.url} controls autoPlay aria-label={name}
            onEnded={() => { if (isLive) goOn(); }} onError={() => setBroken(file.index)}
          />
        )}
        {!ready && files && <p role="status" className={styles.waiting}><Icon name="clock" />{t(isLive ? 'player.waiting' : 'player.notHere')}</p>}
      </div>
      {address.problem && <p role="alert" className={styles.problem}><Icon name="problem" />{address.problem}</p>}
      {file && broken === file.index && (
        <p role="alert" className={styles.problem}><Icon name="problem" />{t(can.playFile ? 'player.cannotOutside' : 'player.cannot')}</p>
      )}
    </Dialog>
  );
}
