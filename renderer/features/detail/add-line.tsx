// One line to add something by text: a tracker, a peer.
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { inputClass } from '../../components/field.tsx';
import styles from './detail.module.css';

export function AddLine({ label, button, onAdd }: { label: string; button: string; onAdd: (text: string) => Promise<boolean> }) {
  const [text, setText] = useState('');
  const add = async (): Promise<void> => {
    if (text.trim() && await onAdd(text.trim())) setText('');
  };
  return (
    <form className={styles.form} onSubmit={(event) => { event.preventDefault(); void add(); }}>
      <input className={inputClass} aria-label={label} placeholder={label} value={text} spellCheck={false} onChange={(event) => setText(event.target.value)} />
      <Button type="submit" disabled={text.trim() === ''}>{button}</Button>
    </form>
  );
}
