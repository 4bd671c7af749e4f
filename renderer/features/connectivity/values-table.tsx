// What is to be entered at the router, each value with a button that copies it.
import { useTranslation } from 'react-i18next';
import type { Connectivity } from '../../../contract/index.ts';
import { copyWords } from '../../actions/connectivity.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { valuesOf } from './verdict-words.ts';
import styles from './connectivity.module.css';

export function ValuesTable({ report, family = 4 }: { report: Connectivity; family?: 4 | 6 }) {
  const { t } = useTranslation();
  const { address, address6, port } = valuesOf(report);
  const shown = family === 6 ? address6 : address;
  const unknown = t('connectivity.fact.notKnown');
  const rows = [
    ['name', 'Flashswarm'], ['address', shown ?? unknown], ['outside', port === null ? unknown : String(port)], ['inside', port === null ? unknown : String(port)], ['protocol', 'TCP + UDP'],
  ] as const;
  const all = rows.map(([name, value]) => `${t(`connectivity.values.${name}`)}: ${value}`).join('\n');
  return (
    <div className={styles.values}>
      <h4>{t('connectivity.values.title')}</h4>
      <table className={styles.table}>
        <tbody>
          {rows.map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{t(`connectivity.values.${name}`)}</th>
              <td className="selectable">{value}</td>
              <td>{value !== unknown && <IconButton icon="copy" label={t('connectivity.values.copy', { name: t(`connectivity.values.${name}`) })} onClick={() => void copyWords(value)} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className={styles.soft}>{t('connectivity.values.hint')}</p>
      <div className={styles.buttons}><Button small icon="copy" onClick={() => void copyWords(all)}>{t('connectivity.values.copyAll')}</Button></div>
    </div>
  );
}
