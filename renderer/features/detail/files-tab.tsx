// The files of a package: progress, whether each is as its publisher signed it, whether and how soon it is wanted; by layers in an event package.
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { FileEntry, FilePriority, PackageDetail, PackageSummary } from '../../../contract/index.ts';
import { openFile, setFiles } from '../../actions/packages.ts';
import { openDialog } from '../../actions/view.ts';
import { IconButton } from '../../components/button.tsx';
import { FileTree } from '../../components/file-tree.tsx';
import type { TreeNode } from '../../components/file-tree-model.ts';
import { Icon } from '../../components/icon.tsx';
import { Meter } from '../../components/meter.tsx';
import { formatPercent, shareOf } from '../../format.ts';
import { useCan } from '../../stores/session-store.ts';
import { canPlay } from '../player/playable.ts';
import styles from './detail.module.css';

function Progress({ node }: { node: TreeNode<FileEntry> }) {
  const { t } = useTranslation();
  const done = node.files.reduce((sum, file) => sum + file.bytesDone, 0);
  const share = node.length === 0 ? 1 : shareOf(done, node.length);
  const percent = formatPercent(share);
  return (
    <>
      <span className={styles.fileMeter}><Meter name={node.name} value={t('files.progressOf', { name: node.name, percent })} share={share} /></span>
      <span className={styles.percent}>{percent}</span>
    </>
  );
}

/** Whether a file is what its publisher signed; folders and files of plain torrents have no such mark. */
function Check({ file }: { file: FileEntry | null }) {
  const { t } = useTranslation();
  const complete = file !== null && file.bytesDone >= file.length;
  if (!file || file.check === 'none' || (file.check === 'waiting' && !complete)) return <span className={styles.fileMark} />;
  const words = t(`files.check.${file.check}`);
  return (
    <span className={styles.fileMark} data-check={file.check} title={words}>
      <Icon name={file.check === 'right' ? 'signed' : file.check === 'wrong' ? 'problem' : 'clock'} size={14} /><span className="visually-hidden">{words}</span>
    </span>
  );
}

/** The priority that all of these have; empty when they differ. */
function commonPriority(files: FileEntry[]): FilePriority | '' {
  const first = files[0]?.priority ?? '';
  return files.every((file) => file.priority === first) ? first : '';
}

/** Every byte is here, and it is what its publisher signed where somebody did. */
const isFinished = (file: FileEntry): boolean => file.bytesDone >= file.length && (file.check === 'none' || file.check === 'right');

function Files({ one, files, label, anyPlays, leftOut = false }: { one: PackageSummary; files: readonly FileEntry[]; label: string; anyPlays: boolean; leftOut?: boolean }) {
  const { t } = useTranslation();
  const canOpen = useCan().openFile;
  return (
    <FileTree
      files={files} label={label}
      after={(node) => {
        const common = commonPriority(node.files);
        return (
          <>
            {one.event && <Check file={node.file} />}
            {anyPlays && (
              <span className={styles.filePlay}>
                {node.file && canPlay(node.file) && (
                  <IconButton icon="play" label={t('player.play', { name: node.name })} onClick={() => openDialog({ kind: 'player', id: one.id, index: node.file?.index ?? null })} />
                )}
              </span>
            )}
            {canOpen && (
              <span className={styles.filePlay}>
                {node.file && isFinished(node.file) && <IconButton icon="file" label={t('files.open', { name: node.name })} onClick={() => void openFile(one.id, node.file!.index)} />}
              </span>
            )}
            <Progress node={node} />
            {leftOut ? <span className={styles.priority}>{t('files.skip')}</span> : (
              <select
                className={styles.priority} aria-label={t('files.priorityOf', { name: node.name })} value={common}
                onChange={(event) => void setFiles(one.id, node.files.map((file) => file.index), event.target.value as FilePriority)}
              >
                {common === '' && <option value="" disabled>-</option>}
                {(['high', 'normal', 'skip'] as const).map((priority) => <option key={priority} value={priority}>{t(`files.${priority}`)}</option>)}
              </select>
            )}
          </>
        );
      }}
    />
  );
}

interface Group { key: string; title: string; /** Nothing of it is fetched, whatever its files say. */ leftOut: boolean; files: FileEntry[] }

/** The files by layer, in the order of the layers; the parts of a live event are one group. */
function groupsOf(one: PackageSummary, files: readonly FileEntry[], parts: string): Group[] {
  const groups = new Map<string, Group>();
  const keys = new Map(one.layers.map((layer) => [layer.id, layer.segment === null ? { key: layer.id, title: layer.title, leftOut: !layer.chosen } : { key: '#parts', title: parts, leftOut: false }]));
  for (const group of keys.values()) groups.set(group.key, { ...group, files: [] });
  for (const file of files) {
    const about = keys.get(file.layer) ?? { key: file.layer, title: file.layer, leftOut: false };
    const group = groups.get(about.key) ?? { ...about, files: [] };
    groups.set(about.key, group);
    group.files.push(file);
  }
  return [...groups.values()].filter((group) => group.files.length > 0);
}

export function FilesTab({ one, detail }: { one: PackageSummary; detail: PackageDetail }) {
  const { t } = useTranslation();
  const { files } = detail;
  const groups = useMemo(() => (one.event ? groupsOf(one, files, t('layer.partsTitle')) : null), [one, files, t]);
  const anyPlays = files.some(canPlay); // over all groups, so that their columns stand in line
  if (!one.hasMetadata) return <p className={styles.soft}>{t('detail.noMetadata')}</p>;
  if (!groups) return <Files one={one} files={files} label={t('files.label')} anyPlays={anyPlays} />;
  return groups.map((group) => (
    <section key={group.key} className={styles.layerGroup} aria-label={group.title}>
      <h3>{group.title}{group.leftOut && `: ${t('files.leftOut')}`}</h3>
      <Files one={one} files={group.files} label={t('event.filesOf', { name: group.title })} anyPlays={anyPlays} leftOut={group.leftOut} />
    </section>
  ));
}
