// A second level: what the expert wants to see, behind one line.
import type { ReactNode } from 'react';
import styles from './disclosure.module.css';

interface DisclosureProps { summary: ReactNode; children: ReactNode; open?: boolean; onToggle?: (open: boolean) => void; className?: string }

export function Disclosure({ summary, children, open, onToggle, className }: DisclosureProps) {
  return (
    <details className={`${styles.root} ${className ?? ''}`} open={open} onToggle={(event) => onToggle?.(event.currentTarget.open)}>
      <summary className={styles.summary}>{summary}</summary>
      <div className={styles.content}>{children}</div>
    </details>
  );
}
