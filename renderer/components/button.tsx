// Buttons: primary, plain, quiet, as a link in a sentence, or an icon with a label.
import type { ComponentProps } from 'react';
import { Icon, type IconName } from './icon.tsx';
import styles from './button.module.css';

type Tone = 'plain' | 'primary' | 'danger' | 'quiet' | 'link';

const join = (...names: (string | undefined | false)[]): string => names.filter(Boolean).join(' ');

interface ButtonProps extends ComponentProps<'button'> { tone?: Tone; icon?: IconName; small?: boolean }

export function Button({ tone = 'plain', icon, small, className, children, ...rest }: ButtonProps) {
  return (
    <button
      type="button" {...rest}
      className={join(styles.button, tone !== 'plain' && styles[tone], small && styles.small, className)}
    >
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

/** A button that shows an icon alone; its label is spoken and shown as a hint. */
export function IconButton({ label, icon, className, ...rest }: ComponentProps<'button'> & { label: string; icon: IconName }) {
  return (
    <button type="button" title={label} aria-label={label} {...rest} className={join(styles.button, styles.quiet, styles.icon, className)}>
      <Icon name={icon} />
    </button>
  );
}
