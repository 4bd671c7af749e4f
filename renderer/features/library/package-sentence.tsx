// The sentence of a package with its one action.
import { useTranslation } from 'react-i18next';
import type { PackageSummary } from '../../../contract/index.ts';
import { Button } from '../../components/button.tsx';
import { useNow } from '../../components/use-now.ts';
import { sentenceOf } from '../../sentences.ts';
import { heardAt } from '../../stores/packages-store.ts';
import { runSentenceAction } from './run-sentence-action.ts';
import styles from './package-row.module.css';

export function PackageSentence({ one, tabIndex, inDetail = false }: { one: PackageSummary; tabIndex?: number; inDetail?: boolean }) {
  const { t } = useTranslation();
  const now = useNow(one.state.retryAt !== null || one.state.reason === 'asking');
  const sentence = sentenceOf(one, now, heardAt(one));
  const action = inDetail && sentence.action === 'details' ? null : sentence.action; // they are there already
  const words = t(sentence.key, sentence.values);
  return (
    <div className={styles.sentence}>
      <span className={styles.words} title={words}>{words}</span>
      {action && (
        <Button
          tone="link" small tabIndex={tabIndex} aria-label={`${t(`action.${action}`)}: ${one.name}`}
          onClick={(event) => { event.stopPropagation(); runSentenceAction(action, one.id); }}
          onDoubleClick={(event) => event.stopPropagation()}
        >
          {t(`action.${action}`)}
        </Button>
      )}
    </div>
  );
}
