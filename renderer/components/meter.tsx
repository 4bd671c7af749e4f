// A small progress bar with a text value.
import styles from './meter.module.css';

interface MeterProps {
  /** What it measures, and its value in words. */
  name: string;
  value: string;
  share: number;
  size?: 'small' | 'wide';
}

export function Meter({ name, value, share, size = 'small' }: MeterProps) {
  const percent = Math.max(0, Math.min(100, share * 100));
  return (
    <span
      className={`${styles.meter} ${styles[size]}`} role="progressbar" aria-label={name} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.floor(percent)}
      aria-valuetext={value}
    >
      <span ref={(element) => { if (element) element.style.width = `${percent}%`; }} />
    </span>
  );
}
