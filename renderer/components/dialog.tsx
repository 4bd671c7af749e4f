// The frame of every dialog: title, scrolling body, buttons. No Radix overlay: its scroll lock writes an inline style sheet.
import { Dialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from './button.tsx';
import styles from './dialog.module.css';

interface DialogProps {
  title: string;
  /** Said to screen readers after the title. */
  description: string;
  size?: 'narrow' | 'normal' | 'wide';
  onClose: () => void;
  children: ReactNode;
  foot?: ReactNode;
  /** Where the focus goes at first; the first control otherwise. */
  onOpenAutoFocus?: (event: Event) => void;
  /** Shows the description to everybody. */
  describe?: boolean;
  /** Text alone: the body gets a tab stop, so that the keyboard can scroll it. */
  textOnly?: boolean;
}

export function Dialog({ title, description, size = 'normal', onClose, children, foot, onOpenAutoFocus, describe, textOnly }: DialogProps) {
  const { t } = useTranslation();
  const shape = size === 'wide' ? styles.wide : size === 'narrow' ? styles.narrow : '';
  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <div className={styles.scrim} />
        <Radix.Content className={`${styles.dialog} ${shape}`} onOpenAutoFocus={onOpenAutoFocus}>
          <div className={styles.head}>
            <Radix.Title className={styles.title}>{title}</Radix.Title>
            <Radix.Close asChild><IconButton label={t('settings.close')} icon="close" /></Radix.Close>
          </div>
          <div className={styles.body} tabIndex={textOnly ? 0 : undefined}>
            <Radix.Description className={describe ? undefined : 'visually-hidden'}>{description}</Radix.Description>
            {children}
          </div>
          {foot && <div className={styles.foot}>{foot}</div>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
