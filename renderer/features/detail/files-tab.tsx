// The files of a package: progress, and whether and how soon each is wanted.
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { FileEntry, FilePriority, PackageDetail, PackageSummary } from '../../../contract/index.ts';
import { setFiles } from '../../actions/packages.ts';
import { FileTree } from '../../components/file-tree.tsx';
import { formatPercent, shareOf } from '../../format.ts';
import styles from './detail.module.css';

function Meter({ done, length, name }: { done: number; length: number; name: string }) {
  const { t } = useTranslation();
  const share = length === 0 ? 1 : shareOf(done, length);
  const percent = formatPercent(share);
  return (
    <>
      <span
        className={styles.meter} role="progressbar" aria-label={name} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.floor(share * 100)}
        aria-valuetext={t('files.progressOf', { name, percent })}
      >
        <span ref={(element) => { if (element) element.style.width = `${share * 100}%`; }} />
      </span>
      <span className={styles.percent}>{percent}</span>
    </>
  );
}

/** The priority that all of these have; empty when they differ. */
function commonPriority(files: FileEntry[]): FilePriority | '' {
  const first = files[0]?.priority ?? '';
  return files.every((file) => file.priority === first) ? first : '';
}

export function FilesTab({ one, detail }: { one: PackageSummary; detail: PackageDetail }) {
  const { t } = useTranslation();
  const files = useMemo(() => detail.files, [detail.files]);
  if (!one.hasMetadata) return <p className={styles.soft}>{t('detail.noMetadata')}</p>;
  return (
    <FileTree
      files={files} label={t('files.label')}
      after={(node) => {
        const common = commonPriority(node.files);
        return (
          <>
            <Meter done={node.files.reduce((sum, file) => sum + file.bytesDone, 0)} length={node.length} name={node.name} />
            <select
              className={styles.priority} aria-label={t('files.priorityOf', { name: node.name })} value={common}
              onChange={(event) => void setFiles(one.id, node.files.map((file) => file.index), event.target.value as FilePriority)}
            >
              {common === '' && <option value="" disabled>-</option>}
              {(['high', 'normal', 'skip'] as const).map((priority) => <option key={priority} value={priority}>{t(`files.${priority}`)}</option>)}
            </select>
          </>
        );
      }}
    />
  );
}
