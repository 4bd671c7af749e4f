// The one dialog for everything that can be opened: link or file, what is in it, which files, where to, and the start.
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { addShown, cancelAdd, chooseFolder, lookInto, setSkipped } from '../../actions/add.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { CheckBox, inputClass } from '../../components/field.tsx';
import { FileTree } from '../../components/file-tree.tsx';
import { Icon } from '../../components/icon.tsx';
import { formatBytes } from '../../format.ts';
import { usePreview } from '../../stores/preview-store.ts';
import { useSession } from '../../stores/session-store.ts';
import type { Offer } from '../../stores/view-store.ts';
import { openTorrentFile } from '../shell/open-torrent-file.ts';
import { FolderLine } from './folder-line.tsx';
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
  const { source, opening, preview, failure, addFailure, adding } = usePreview();
  const skipped = usePreview((state) => state.skipped);

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
  const noneChosen = preview !== null && preview.files.length > 0 && skipped.size >= preview.files.length;
  const failed = failure !== null || preview?.status === 'failed';
  const ready = (source !== null || link.trim() !== '') && !adding && !noneChosen && (!failed || typedAnew);
  const start = async (paused: boolean): Promise<void> => {
    clearTimeout(timer.current);
    if (typedAnew) await lookInto({ kind: 'link', link: link.trim() });
    if (!usePreview.getState().failure) await addShown(paused, link.trim());
  };
  const fileName = source && source.kind !== 'link' ? offer.label : null;

  return (
    <Dialog
      title={t('add.title')} description={t('add.description')} onClose={cancelAdd}
      onOpenAutoFocus={(event) => { event.preventDefault(); box.current?.focus(); }}
      foot={
        <>
          {noneChosen && <span className={styles.soft}>{t('add.noneChosen')}</span>}
          <Button tone="quiet" onClick={cancelAdd}>{t('add.cancel')}</Button>
          {!preview?.alreadyHere && <Button disabled={!ready} onClick={() => void start(true)}>{t('add.paused')}</Button>}
          <Button tone="primary" disabled={!ready} onClick={() => void start(false)}>{t(preview?.alreadyHere ? 'add.merge' : 'add.start')}</Button>
        </>
      }
    >
      <form className={styles.link} onSubmit={(event) => { event.preventDefault(); if (ready) void start(false); }}>
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
      {failed && (
        <p id="add-problem" role="alert" className={styles.problem}>
          <Icon name="problem" />{failure?.message ?? preview?.error?.message}
        </p>
      )}
      {addFailure && !failed && <p role="alert" className={styles.problem}><Icon name="problem" />{addFailure.message}</p>}
      {opening && <p role="status" className={styles.soft}>{t('add.looking')}</p>}
      {!failed && (source || preview) && !opening && <Contents fileName={fileName} />}
    </Dialog>
  );
}

/** What was found behind the link, and where it goes. */
function Contents({ fileName }: { fileName: string | null }) {
  const { t } = useTranslation();
  const { preview, folder } = usePreview();
  const skipped = usePreview((state) => state.skipped);
  const defaultFolder = useSession((state) => state.settings?.downloadFolder ?? '');
  const chosenBytes = (preview?.files ?? []).reduce((sum, file) => (skipped.has(file.index) ? sum : sum + file.length), 0);
  const needed = preview?.status === 'ready' ? chosenBytes : (preview?.bytesTotal ?? 0);
  const free = folder ? folder.freeBytes : (preview?.freeBytes ?? null);
  const left = free === null ? null : free - needed;
  const known = preview?.status === 'ready';

  return (
    <>
      <div className={styles.head}>
        <h3 className={`${styles.name} selectable`}>{preview?.name ?? fileName ?? preview?.infoHash ?? ''}</h3>
        {known && preview && (
          <p className={styles.soft}>
            {t('add.files', { count: preview.files.length })}, {skipped.size > 0
              ? t('add.chosen', { size: formatBytes(chosenBytes), total: formatBytes(preview.bytesTotal ?? 0) })
              : formatBytes(preview.bytesTotal ?? 0)}
          </p>
        )}
        {preview?.status === 'asking' && <p role="status" className={styles.asking}><span className={styles.dot} aria-hidden="true" />{t('add.askingPeople')}</p>}
        {preview?.comment && <p className={`${styles.soft} ${styles.comment} selectable`}>{preview.comment}</p>}
      </div>
      {preview?.alreadyHere && <p className={styles.notice}><Icon name="done" />{t('add.alreadyHere')}</p>}
      {known && preview && (
        <div className={styles.tree}>
          {preview.files.length > 1 && (
            <label className={styles.all}>
              <CheckBox
                checked={skipped.size === 0} mixed={skipped.size > 0 && skipped.size < preview.files.length}
                onChange={(on) => setSkipped(preview.files.map((file) => file.index), !on)}
              />
              {t('add.all')}
            </label>
          )}
          <FileTree
            files={preview.files} label={t('add.fileTree')}
            before={(node) => {
              const leftOut = node.files.filter((file) => skipped.has(file.index)).length;
              return (
                <CheckBox
                  aria-label={t('tree.choose', { name: node.name })} checked={leftOut === 0} mixed={leftOut > 0 && leftOut < node.files.length}
                  onChange={(on) => setSkipped(node.files.map((file) => file.index), !on)}
                />
              );
            }}
          />
        </div>
      )}
      <dl className={styles.facts}>
        <dt>{t('add.folder')}</dt>
        <dd>
          <FolderLine path={folder?.path ?? preview?.folder ?? defaultFolder} onChosen={(chosen) => void chooseFolder(chosen)} />
          {left !== null && known && (
            <span className={left < 0 ? styles.problem : styles.soft}>
              {left < 0 && <Icon name="problem" />}{t(left < 0 ? 'add.tooLittle' : 'add.free', { size: formatBytes(Math.abs(left)) })}
            </span>
          )}
        </dd>
      </dl>
      <p className={styles.unsigned}><Icon name="unsigned" />{t('add.unsigned')}</p>
    </>
  );
}
