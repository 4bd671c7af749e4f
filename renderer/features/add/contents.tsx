// What was found behind the link: name, size, files, where they go; for an event package its trust card, layers and terms.
import { useTranslation } from 'react-i18next';
import { chooseFolder, setSkipped, wantedLayers } from '../../actions/add.ts';
import { CheckBox } from '../../components/field.tsx';
import { FileTree } from '../../components/file-tree.tsx';
import { Icon } from '../../components/icon.tsx';
import { formatBytes } from '../../format.ts';
import { usePreview, type PreviewState } from '../../stores/preview-store.ts';
import { useSession } from '../../stores/session-store.ts';
import { EventContents } from './event-contents.tsx';
import { FolderLine } from './folder-line.tsx';
import styles from './add-dialog.module.css';

/** How many bytes are to come with what is chosen. */
function neededBytes(state: PreviewState): number {
  const { preview, skipped } = state;
  if (!preview) return 0;
  if (preview.status !== 'ready') return preview.bytesTotal ?? 0;
  if (!preview.event) return preview.files.reduce((sum, file) => (skipped.has(file.index) ? sum : sum + file.length), 0);
  if (preview.event.update && state.layers === null) return preview.event.update.fetchBytes;
  const wanted = wantedLayers(state);
  return preview.event.layers.reduce((sum, layer) => (wanted.has(layer.id) ? sum + layer.bytesTotal : sum), 0);
}

function Where() {
  const { t } = useTranslation();
  const state = usePreview();
  const defaultFolder = useSession((session) => session.settings?.downloadFolder ?? '');
  const { preview, folder } = state;
  const free = folder ? folder.freeBytes : (preview?.freeBytes ?? null);
  const left = free === null || preview?.status !== 'ready' ? null : free - neededBytes(state);
  return (
    <dl className={styles.facts}>
      <dt>{t('add.folder')}</dt>
      <dd>
        {preview?.event && preview.event.action !== 'new'
          ? <div className={styles.folder}><span className={`${styles.path} selectable`} title={preview.folder}>{preview.folder}</span></div>
          : <FolderLine path={folder?.path ?? preview?.folder ?? defaultFolder} onChosen={(chosen) => void chooseFolder(chosen)} />}
        {left !== null && (
          <span className={left < 0 ? styles.problem : styles.soft}>
            {left < 0 && <Icon name="problem" />}{t(left < 0 ? 'add.tooLittle' : 'add.free', { size: formatBytes(Math.abs(left)) })}
          </span>
        )}
      </dd>
    </dl>
  );
}

function Files() {
  const { t } = useTranslation();
  const files = usePreview((state) => state.preview?.files ?? []);
  const skipped = usePreview((state) => state.skipped);
  return (
    <div className={styles.tree}>
      {files.length > 1 && (
        <label className={styles.all}>
          <CheckBox
            checked={skipped.size === 0} mixed={skipped.size > 0 && skipped.size < files.length}
            onChange={(on) => setSkipped(files.map((file) => file.index), !on)}
          />
          {t('add.all')}
        </label>
      )}
      <FileTree
        files={files} label={t('add.fileTree')}
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
  );
}

export function Contents({ fileName }: { fileName: string | null }) {
  const { t } = useTranslation();
  const state = usePreview();
  const { preview, skipped } = state;
  const known = preview?.status === 'ready';
  if (known && preview.event) return <><EventContents event={preview.event} files={preview.files} />{preview.event.action !== 'same' && <Where />}</>;
  return (
    <>
      <div className={styles.head}>
        <h3 className={`${styles.name} selectable`}>{preview?.name ?? fileName ?? preview?.infoHash ?? ''}</h3>
        {known && (
          <p className={styles.soft}>
            {t('add.files', { count: preview.files.length })}, {skipped.size > 0
              ? t('add.chosen', { size: formatBytes(neededBytes(state)), total: formatBytes(preview.bytesTotal ?? 0) })
              : formatBytes(preview.bytesTotal ?? 0)}
          </p>
        )}
        {preview?.status === 'asking' && <p role="status" className={styles.asking}><span className={styles.dot} aria-hidden="true" />{t('add.askingPeople')}</p>}
        {preview?.comment && <p className={`${styles.soft} ${styles.comment} selectable`}>{preview.comment}</p>}
      </div>
      {preview?.alreadyHere && <p className={styles.notice}><Icon name="done" />{t('add.alreadyHere')}</p>}
      {known && <Files />}
      <Where />
      {preview?.signature !== 'signed' && <p className={styles.unsigned}><Icon name="unsigned" />{t('trust.unsigned')}</p>}
    </>
  );
}
