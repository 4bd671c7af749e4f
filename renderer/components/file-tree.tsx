// A tree of files: folders that open and close, a check box or any control a line, sizes.
import { useMemo, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { formatBytes } from '../format.ts';
import { Icon } from './icon.tsx';
import { treeOf, type TreeFile, type TreeNode } from './file-tree-model.ts';
import styles from './file-tree.module.css';

/** So many lines of one folder are rendered at once; a button shows more. */
const LINES = 200;
/** A package with more files than this starts with its folders closed. */
const OPEN_UNDER = 60;

interface TreeProps<F extends TreeFile> {
  files: readonly F[];
  label: string;
  /** Before the name: for a check box. */
  before?: (node: TreeNode<F>) => ReactNode;
  /** After the size. */
  after?: (node: TreeNode<F>) => ReactNode;
}

export function FileTree<F extends TreeFile>({ files, label, before, after }: TreeProps<F>) {
  const root = useMemo(() => treeOf(files), [files]);
  return (
    <div className={styles.tree} role="group" aria-label={label}>
      <Children node={root} level={0} openAtFirst={files.length <= OPEN_UNDER} before={before} after={after} />
    </div>
  );
}

type Slots<F extends TreeFile> = Pick<TreeProps<F>, 'before' | 'after'>;

function Children<F extends TreeFile>({ node, level, openAtFirst, ...slots }: { node: TreeNode<F>; level: number; openAtFirst: boolean } & Slots<F>) {
  const { t } = useTranslation();
  const [lines, setLines] = useState(LINES);
  const rest = node.children.length - lines;
  return (
    <ul>
      {node.children.slice(0, lines).map((child) => (
        <Line key={child.path} node={child} level={level} openAtFirst={openAtFirst || (level === 0 && node.children.length === 1)} {...slots} />
      ))}
      {rest > 0 && (
        <li><button type="button" className={styles.more} onClick={() => setLines(lines + LINES * 5)}>{t('tree.more', { count: rest })}</button></li>
      )}
    </ul>
  );
}

function Line<F extends TreeFile>({ node, level, openAtFirst, ...slots }: { node: TreeNode<F>; level: number; openAtFirst: boolean } & Slots<F>) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(openAtFirst);
  const isFolder = node.file === null;
  return (
    <li>
      <div className={styles.line} ref={(element) => { if (element) element.style.paddingLeft = `${level * 20}px`; }}>
        {isFolder ? (
          <button
            type="button" className={styles.fold} aria-expanded={open} aria-label={t(open ? 'tree.collapse' : 'tree.expand', { name: node.name })}
            onClick={() => setOpen(!open)}
          >
            <Icon name={open ? 'chevron-down' : 'chevron-right'} />
          </button>
        ) : <span className={styles.fold} />}
        {slots.before?.(node)}
        <span className={styles.kind}><Icon name={isFolder ? 'folder' : 'file'} /></span>
        <span className={styles.name} title={node.name}>{node.name}</span>
        <span className={styles.size}>{formatBytes(node.length)}</span>
        {slots.after?.(node)}
      </div>
      {isFolder && open && <Children node={node} level={level + 1} openAtFirst={openAtFirst} {...slots} />}
    </li>
  );
}
