// The frame of a plot: its title, the values at the moment that is read beside their colours, and the same in words for who does not see it.
import type { ReactNode } from 'react';
import styles from './event.module.css';

export interface Value { /** How it is drawn. */ mark: 'people' | 'server' | 'given' | 'connected' | 'copies' | 'rarest'; name: string; value: string }

interface FrameProps { id: string; title: string; /** What the values are of: a moment. */ when?: string | undefined; values: readonly Value[]; /** Whether the values are speeds. */ wide?: boolean; summary: string; children: ReactNode }

export function FigureFrame({ id, title, when, values, wide = false, summary, children }: FrameProps) {
  return (
    <figure className={styles.figure} aria-labelledby={`${id}-title`}>
      <figcaption className={styles.caption}>
        <h3 id={`${id}-title`}>{title}</h3>
        {when && <span className={styles.when}>{when}</span>}
        <span className={styles.values} data-wide={wide}>
          {values.map((one) => <span key={one.name} className={styles.value}><span className={styles.mark} data-mark={one.mark} />{one.name} <b>{one.value}</b></span>)}
        </span>
      </figcaption>
      <p id={`${id}-summary`} className="visually-hidden">{summary}</p>
      {children}
    </figure>
  );
}
