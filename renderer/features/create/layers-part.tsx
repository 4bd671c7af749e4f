// The layers of the package that is being made: which files each takes, with live counts, and which files none takes.
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { addLayer, changeLayer, removeLayer } from '../../actions/creation.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { CheckBox, inputClass } from '../../components/field.tsx';
import { Icon } from '../../components/icon.tsx';
import type { LayerDraft } from '../../creation-draft.ts';
import { formatBytes, formatNumber } from '../../format.ts';
import { divide, topFolders, type Share } from '../../layer-match.ts';
import { useCreation } from '../../stores/creation-store.ts';
import { useProblem } from './text-field.tsx';
import styles from './create.module.css';

/** Folders at the top that are offered as layers of their own. */
const OFFERED = 12;

function Line({ layer, share, alone }: { layer: LayerDraft; share: Share | null; alone: boolean }) {
  const { t } = useTranslation();
  const problem = useProblem()(`layer-${layer.key}`);
  const described = problem ? `layer-${layer.key}-problem` : undefined;
  return (
    <li className={styles.layer}>
      <input
        className={`${inputClass} ${styles.layerTitle}`} aria-label={t('create.layerTitle')} placeholder={t('create.layerTitle')} value={layer.title} maxLength={200} spellCheck={false}
        aria-invalid={problem !== null} aria-describedby={described} onChange={(event) => changeLayer(layer.key, { title: event.target.value })}
      />
      <input
        className={`${inputClass} ${styles.pattern}`} aria-label={t('create.patternOf', { name: layer.title })} placeholder="maps/**" value={layer.pattern} maxLength={1000} spellCheck={false}
        aria-invalid={problem !== null} aria-describedby={described} onChange={(event) => changeLayer(layer.key, { pattern: event.target.value })}
      />
      <label className={styles.required}><CheckBox checked={layer.required} onChange={(required) => changeLayer(layer.key, { required })} />{t('create.required')}</label>
      <span className={styles.count}>{share && t('create.count', { count: share.files, number: formatNumber(share.files), size: formatBytes(share.bytes) })}</span>
      <IconButton icon="close" label={t('create.removeLayer', { name: layer.title })} disabled={alone} onClick={() => removeLayer(layer.key)} />
      {problem && <span id={described} className={`${styles.problem} ${styles.layerProblem}`}><Icon name="problem" size={14} />{problem}</span>}
    </li>
  );
}

/** Files that go nowhere, or to more than one layer. */
function Odd({ share, name }: { share: Share; name: 'left' | 'contested' }) {
  const { t } = useTranslation();
  if (share.files === 0) return null;
  const names = share.paths.slice(0, 3).join(', ');
  return (
    <p className={styles.left} data-level={name === 'contested' ? 'error' : 'warning'}>
      <Icon name="problem" />
      <span>{t(`create.${name}`, { count: share.files, number: formatNumber(share.files), size: formatBytes(share.bytes) })} <span className="selectable">{names}{share.files > 3 && ' ...'}</span></span>
    </p>
  );
}

export function LayersPart() {
  const { t } = useTranslation();
  const { layers, scan } = useCreation((state) => state.draft);
  const problem = useProblem()('layers');
  const patterns = layers.map((layer) => layer.pattern.trim()).join('\n');
  const shares = useMemo(() => (scan ? divide(scan.files, patterns.split('\n')) : null), [scan, patterns]);
  const folders = useMemo(() => (scan ? topFolders(scan.files) : []), [scan]);
  const offered = folders.filter((folder) => !layers.some((layer) => layer.pattern.trim() === `${folder}/**`)).slice(0, OFFERED);
  return (
    <section className={styles.part} aria-label={t('create.layers')}>
      <h3>{t('create.layers')}</h3>
      <p className={styles.hint}>{t('create.layersHint')}</p>
      <ul className={styles.layers}>
        {layers.map((layer, at) => <Line key={layer.key} layer={layer} share={shares?.layers[at] ?? null} alone={layers.length === 1} />)}
      </ul>
      <div aria-live="polite">{shares && <><Odd share={shares.left} name="left" /><Odd share={shares.contested} name="contested" /></>}</div>
      {problem && <p role="alert" className={styles.problem}><Icon name="problem" size={14} />{problem}</p>}
      <div className={styles.offers}>
        <Button small icon="plus" onClick={() => addLayer('', '')}>{t('create.addLayer')}</Button>
        {offered.map((folder) => <Button key={folder} small icon="folder" aria-label={t('create.layerOf', { name: folder })} onClick={() => addLayer(folder, `${folder}/**`)}>{folder}</Button>)}
      </div>
    </section>
  );
}
