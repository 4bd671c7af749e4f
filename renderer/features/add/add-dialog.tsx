// The one dialog for everything that can be opened: link or file, what is in it, which files, where to, and the start.
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { addShown, cancelAdd, lookInto, showWhatIsHere } from '../../actions/add.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { inputClass } from '../../components/field.tsx';
import { Icon } from '../../components/icon.tsx';
import { usePreview } from '../../stores/preview-store.ts';
import type { Offer } from '../../stores/view-store.ts';
import { openTorrentFile } from '../shell/open-torrent-file.ts';
import { Contents } from './contents.tsx';
import { isRefusal, Refusal } from './refusal.tsx';
import { stillNeeded } from './still-needed.ts';
import styles from './add-dialog.module.css';

/** Typing rests this long before a link is looked into. */
const REST_MS = 500;

/** The link of an offer, for the text box; files have none. */
const linkOf = (offer: Offer): string => (offer.source?.kind === 'link' ? offer.source.link : '');

export function AddDialog({ offer }: { offer: Offer }) {
  const { t } = useTranslation();
  const [link, setLink] = useState(linkOf(offer));
  const box = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const state = usePreview();
  const { source, opening, preview, failure, addFailure, adding } = state;
  const error = failure ?? preview?.error ?? null;

  useEffect(() => {
    setLink(linkOf(offer));
    void lookInto(offer.source);
    return () => clearTimeout(timer.current);
  }, [offer]);

  const look = (text: string): void => {
    clearTimeout(timer.current);
    const trimmed = text.trim();
    if (source?.kind === 'link' && source.link === trimmed) return;
    void lookInto(trimmed ? { kind: 'link', link: trimmed } : null);
  };
  const type = (text: string): void => {
    setLink(text);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => look(text), REST_MS);
  };

  const typedAnew = link.trim() !== '' && !(source?.kind === 'link' && source.link === link.trim());
  const needed = stillNeeded(state);
  const failed = failure !== null || preview?.status === 'failed';
  const ready = (source !== null || link.trim() !== '') && !adding && needed === null && (!failed || typedAnew);
  const start = async (paused: boolean): Promise<void> => {
    clearTimeout(timer.current);
    if (typedAnew) await lookInto({ kind: 'link', link: link.trim() });
    const found = usePreview.getState();
    if (typedAnew && found.preview?.event) return; // who signed it is seen before anything starts
    if (!found.failure) await addShown(paused, link.trim());
  };
  const fileName = source && source.kind !== 'link' ? offer.label : null;

  const event = preview?.status === 'ready' ? preview.event : null;
  const already = event ? event.action === 'same' : Boolean(preview?.alreadyHere);

  return (
    <Dialog
      title={t('add.title')} description={t('add.description')} onClose={cancelAdd}
      onOpenAutoFocus={(opened) => { opened.preventDefault(); box.current?.focus(); }}
      foot={
        <>
          {needed && <span className={styles.needed}>{t(needed)}</span>}
          <Button tone="quiet" onClick={cancelAdd}>{t('add.cancel')}</Button>
          {!already && event?.action !== 'update' && <Button disabled={!ready} onClick={() => void start(true)}>{t('add.paused')}</Button>}
          {event?.action === 'same'
            ? <Button tone="primary" onClick={() => showWhatIsHere(event.packageId)}>{t('event.show')}</Button>
            : <Button tone="primary" disabled={!ready} onClick={() => void start(false)}>{t(event?.action === 'update' ? 'event.take' : already ? 'add.merge' : 'add.start')}</Button>}
        </>
      }
    >
      <form className={styles.link} onSubmit={(submitted) => { submitted.preventDefault(); if (ready) void start(false); }}>
        <label htmlFor="add-link" className="visually-hidden">{t('add.link')}</label>
        <input
          id="add-link" ref={box} type="text" className={`${inputClass} ${styles.grow}`} placeholder={t('add.linkHint')} value={link} spellCheck={false}
          autoComplete="off" aria-invalid={failed} aria-describedby={failed ? 'add-problem' : undefined}
          onChange={(event) => type(event.target.value)}
          onPaste={(event) => {
            const pasted = event.clipboardData.getData('text').trim();
            if (!pasted || link) return;
            event.preventDefault();
            setLink(pasted);
            look(pasted);
          }}
        />
        <Button icon="file" onClick={openTorrentFile}>{t('add.file')}</Button>
      </form>
      {failed && error && (isRefusal(error.code) && !opening ? <Refusal id="add-problem" error={error} /> : (
        <p id="add-problem" role="alert" className={styles.problem}><Icon name="problem" />{error.message}</p>
      ))}
      {addFailure && <p role="alert" className={styles.problem}><Icon name="problem" />{addFailure.message}</p>}
      {opening && <p role="status" className={styles.soft}>{t('add.looking')}</p>}
      {!failed && (source || preview) && !opening && <Contents fileName={fileName} />}
    </Dialog>
  );
}
